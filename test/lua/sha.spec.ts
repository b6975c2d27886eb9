import { expect, it } from 'vitest';
import { decisionScript } from '../../src/stores/redis/script.js';

it('is the script of this version: whoever changes it does so on purpose, and writes its new name here', () => {
  expect(decisionScript().sha).toBe('1eb4818f216fac649977329f32efa81a42bd7492');
});
