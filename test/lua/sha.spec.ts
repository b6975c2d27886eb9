import { expect, it } from 'vitest';
import { decisionScript } from '../../src/stores/redis/script.js';

it('is the script of this version: whoever changes it does so on purpose, and writes its new name here', () => {
  expect(decisionScript().sha).toBe('9db6563aa6cd4e8b8b819f301ff600ed9f86f994');
});
