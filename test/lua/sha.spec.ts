import { expect, it } from 'vitest';
import { decisionScript } from '../../src/stores/redis/lua/script.js';

it('is the script of this version: whoever changes it does so on purpose, and writes its new name here', () => {
  expect(decisionScript().sha).toBe('6b92f6c44b5afb13c94d4feb00b6a250ea6c0675');
});
