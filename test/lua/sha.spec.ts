import { expect, it } from 'vitest';
import { decisionScript } from '../../src/stores/redis/script.js';

it('is the script of this version: whoever changes it does so on purpose, and writes its new name here', () => {
  expect(decisionScript().sha).toBe('9b84c56e4ab87794c22c9c75298639f8784179c9');
});
