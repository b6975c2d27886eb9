import { expect, it } from 'vitest';
import { decisionScript } from '../../src/stores/redis/script.js';

it('is the script of this version: whoever changes it does so on purpose, and writes its new name here', () => {
  expect(decisionScript().sha).toBe('7d7430b2a7c5ec213fa65395c379ce5aa116cd55');
});
