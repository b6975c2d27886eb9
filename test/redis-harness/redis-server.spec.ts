import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../support/redis/redis-server.js';
import { RespConnection } from '../support/redis/resp.js';

describe('a server of the harness', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it('answers, and is our own child', async () => {
    expect(await server.command('SET', 'a', 'ä')).toBe('OK');
    expect(await server.command('GET', 'a')).toBe('ä');
    expect(await server.command('GET', 'b')).toBeNull();
    expect((await server.info('server'))['process_id']).toBe(String(server.pid));
  });

  it('keeps its data over a restart when told to, and only then', async () => {
    const [{ port }, pid] = [server, server.pid];
    await server.command('SET', 'kept', 'yes');
    await server.restart({ keepData: true });
    expect(await server.command('GET', 'kept')).toBe('yes');
    await server.restart();
    expect(await server.command('GET', 'kept')).toBeNull();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
  });

  it('refuses connections while it is killed', async () => {
    await server.kill();
    await expect(RespConnection.open(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.restart({ delayMs: 50 });
    expect(await server.command('PING')).toBe('PONG');
  });

  it('does not answer while it is paused', async () => {
    server.pause();
    const late = server.command('PING');
    const early = await Promise.race([late, new Promise((done) => setTimeout(done, 150, 'none'))]);
    expect(early).toBe('none');
    server.resume();
    expect(await late).toBe('PONG');
  });

  it('rejects the commands that a closed connection has not answered', async () => {
    const connection = await server.connect();
    const blocked = connection.command('BLPOP', 'nothing', 0);
    connection.close();
    await expect(blocked).rejects.toThrow('closed');
    await expect(connection.command('PING')).rejects.toThrow('closed');
  });

  it('gives up a connection whose answer takes too long', async () => {
    const connection = await server.connect({ timeoutMs: 100 });
    await expect(connection.command('BLPOP', 'nothing', 0)).rejects.toThrow('within 100 ms');
    expect(connection.isClosed).toBe(true);
  });
});

describe('a server with options', () => {
  it('asks for passwords, and knows its users', async () => {
    const users = ['user alice on >wonder ~a:* &* +@all'];
    const server = await RedisServer.start({ password: 'a:b/c', users });
    const anonymous = await RespConnection.open(server.port);
    await expect(anonymous.command('GET', 'x')).rejects.toMatchObject({ code: 'NOAUTH' });
    const wrong = RespConnection.open(server.port, { password: 'wrong' });
    await expect(wrong).rejects.toMatchObject({ code: 'WRONGPASS' });
    const alice = { username: 'alice', password: 'wonder' };
    const connection = await RespConnection.open(server.port, alice);
    expect(await connection.command('SET', 'a:1', 1)).toBe('OK');
    await expect(connection.command('SET', 'b:1', 1)).rejects.toMatchObject({ code: 'NOPERM' });
    expect(server.url).toBe(`redis://:a%3Ab%2Fc@127.0.0.1:${String(server.port)}`);
    await server.stop();
  });

  it('works without the user "default"', async () => {
    const server = await RedisServer.start({ users: ['default off'] });
    const anonymous = await RespConnection.open(server.port);
    await expect(anonymous.command('GET', 'x')).rejects.toMatchObject({ code: 'NOAUTH' });
    expect(await server.command('PING')).toBe('PONG');
    await server.stop();
  });

  it('says why it did not start', async () => {
    const server = await RedisServer.start();
    await expect(RedisServer.start({ port: server.port })).rejects.toThrow(
      /somebody else|did not start/,
    );
    await expect(RedisServer.start({ args: ['--nonsense', '1'] })).rejects.toThrow('nonsense');
    await server.stop();
  });

  it('leaves nothing behind', async () => {
    const server = await RedisServer.start();
    await server.stop();
    await server.stop();
    expect(existsSync(server.dir)).toBe(false);
    expect(server.isRunning).toBe(false);
  });
});
