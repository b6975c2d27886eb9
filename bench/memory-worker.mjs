/* One contender of the memory benchmark: answers `heap`, `cold` and `hot` with a number. */
import { Buffer } from 'node:buffer';
import { contenders } from './memory-contenders.mjs';

const KEYS = 100_000;
const contender = contenders[process.argv[2]]();
let shuffledKeys = [];
let answers = 0;

const questions = {
  heap: bytesPerKey,
  cold: () => nanosecondsPerCall(shuffledKeys),
  hot: () => nanosecondsPerCall(new Array(KEYS).fill(shuffledKeys[0])),
};

process.on('message', async (question) => process.send(await questions[question]()));

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
    const answer = isSync ? call(key) : await call(key);
    if (answer !== undefined) answers += 1;
  }
  const { user, system } = process.cpuUsage(before);
  if (answers === 0) throw new Error('the contender answered nothing');
  return ((user + system) * 1000) / keys.length;
}

function usedBytes() {
  for (let pass = 0; pass < 4; pass++) global.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** 15 characters, like an IPv4 address; a flat string of its own each time. */
function keyOf(index) {
  return Buffer.from(`user-${String(index).padStart(10, '0')}`).toString('latin1');
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
