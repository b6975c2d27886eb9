import { resolve } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { send } from '../support/http/client.js';
import { AppModule } from './recipes/graphql/app.module.js';

interface Answer {
  readonly data: unknown;
  readonly errors?: readonly { readonly extensions: unknown }[];
}

async function start(): Promise<(query: string) => Promise<Answer>> {
  vi.stubEnv('RATE_SYNC_CONFIG', resolve('test/transports/recipes/graphql/rate-sync.toml'));
  const app = await NestFactory.create(AppModule, { logger: false });
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await app.close();
  });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/graphql`;
  return async (query) => {
    const headers = { 'content-type': 'application/json' };
    const reply = await send(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    expect(reply.status).toBe(200);
    return reply.json as Answer;
  };
}

it('the recipe for GraphQL denies a field with an error of its own code', async () => {
  const ask = await start();
  for (let count = 1; count <= 10; count++) {
    expect(await ask('{ books(title: "Emma") }')).toEqual({ data: { books: ['Emma'] } });
  }
  const { data, errors } = await ask('{ books(title: "Emma") }');
  expect(data).toBeNull();
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED' });
});

it('the recipe for GraphQL counts each alias of a field', async () => {
  const ask = await start();
  const aliases = Array.from({ length: 11 }, (_, n) => `b${String(n)}: books(title: "Emma")`);
  const { errors } = await ask(`{ ${aliases.join(' ')} }`);
  expect(errors).toHaveLength(1);
});
