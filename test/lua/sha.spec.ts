import { expect, it } from 'vitest';
import { decisionScript } from '../../src/stores/redis/lua/script.js';

it('is the script of this version: whoever changes it does so on purpose, and writes its new name here', () => {
  expect(decisionScript().sha).toBe('8d851be25c2dc3cc0dbc4259fc86bcdea3cdad9d');
});
