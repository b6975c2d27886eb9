/* One contender of the memory benchmark: answers `heap`, `cold` and `hot` with a number. */
import { Buffer } from 'node:buffer';
import { answer, cpuUsSince, identifierOf } from './harness.mjs';
import { contenders } from './memory-contenders.mjs';

const KEYS = 100_000;
const contender = contenders[process.argv[2]]();
let shuffledKeys = [];
let answers = 0;

answer({
  heap: bytesPerKey,
  cold: () => nanosecondsPerCall(shuffledKeys),
  hot: () => nanosecondsPerCall(new Array(KEYS).fill(shuffledKeys[0])),
});

/** Heap per key after one hit each; the strings that the store keeps are part of it. */
async function bytesPerKey() {
  await contender.call(keyOf(KEYS));
  const before = usedBytes();
  for (let index = 0; index < KEYS; index++) await contender.call(keyOf(index));
  const bytes = usedBytes() - before;
  shuffledKeys = shuffled(Array.from({ length: KEYS }, (_, index) => keyOf(index)));
  return bytes / KEYS;
}

/** CPU time per call. A synchronous contender is not awaited: its answer is there. */
async function nanosecondsPerCall(keys) {
  const { call, isSync } = contender;
  const before = process.cpuUsage();
  for (const key of keys) {
    const said = isSync ? call(key) : await call(key);
    if (said !== undefined) answers += 1;
  }
  const cpuUs = cpuUsSince(before);
  if (answers === 0) throw new Error('the contender answered nothing');
  return (cpuUs * 1000) / keys.length;
}

function usedBytes() {
  for (let pass = 0; pass < 4; pass++) global.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A flat string of its own each time. */
function keyOf(index) {
  return Buffer.from(identifierOf(index)).toString('latin1');
}

function shuffled(values) {
  let seed = 42;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let index = values.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [values[index], values[other]] = [values[other], values[index]];
  }
  return values;
}
