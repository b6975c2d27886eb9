import { expect, it } from 'vitest';
import { decisionScript } from '../../src/stores/redis/script.js';

it('is the script of this version: whoever changes it does so on purpose, and writes its new name here', () => {
  expect(decisionScript().sha).toBe('482f19baf53ab66cce10922c0e4b82278924597e');
});
