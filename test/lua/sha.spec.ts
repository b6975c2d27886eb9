import { expect, it } from 'vitest';
import { decisionScript } from '../../src/stores/redis/lua/script.js';

it('is the script of this version: a change of the script must change this value too', () => {
  expect(decisionScript().sha).toBe('52b0bf601f0b5c45786d99b0a915598bed179c6e');
});
