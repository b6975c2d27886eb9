/* One contender of the Redis benchmark: prepares, runs, and leaves behind what it remembers. */
import { Redis } from 'ioredis';
import { answer } from './harness.mjs';
import { contenders } from './redis-contenders.mjs';
import { IDENTIFIERS, run } from './redis-load.mjs';

const [name, url] = process.argv.slice(2);
const contender = await contenders.find((each) => each.name === name).open(new Redis(url), url);
const perSecond = {};

/** Twice, so that a limit of 1 has refused. */
async function askTwice() {
  for (let time = 0; time < 2; time++) {
    await Promise.all(IDENTIFIERS.map((identifier) => contender.call(identifier)));
  }
}

answer({
  /** A contender whose state depends on how fast it is asked is told how fast it was last time. */
  prepare: async ({ inFlight }) => {
    if (contender.prepare === undefined) await askTwice();
    else await contender.prepare(perSecond[inFlight]);
  },
  run: async (load) => {
    const figures = await run(contender, load);
    perSecond[load.inFlight] = figures.perSecond;
    return figures;
  },
  remember: async () => {
    if (contender.remember !== undefined) return contender.remember();
    await askTwice();
    return IDENTIFIERS.length;
  },
});
