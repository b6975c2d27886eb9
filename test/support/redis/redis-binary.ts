import { programFile } from '../programs.js';

/** Where redis-server is: the variable REDIS_SERVER_BIN, or the first one on PATH. */
export function redisServerBinary(): string {
  return programFile('redis-server', 'REDIS_SERVER_BIN');
}
