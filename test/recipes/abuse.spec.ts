import { describe, expect, it } from 'vitest';
import { statuses, times } from '../support/http/serve.js';
import { AppModule as BanModule } from './ban-an-abuser/app.module.js';
import { AppModule as LoginModule } from './failed-logins-only/app.module.js';
import { serveRecipe } from './recipe.js';

describe('failed logins only', () => {
  const start = () => serveRecipe('failed-logins-only', LoginModule);
  const wrong = { email: 'ada@example.org', password: 'guess' };
  const right = { email: 'Ada@Example.org', password: 'correct horse' };

  it('forgets failures after a login', async () => {
    const { post } = await start();
    const replies = [
      ...(await times(4, () => post('/auth/login', wrong))),
      await post('/auth/login', right),
      ...(await times(6, () => post('/auth/login', wrong))),
    ];
    expect(statuses(replies)).toEqual([401, 401, 401, 401, 200, 401, 401, 401, 401, 401, 429]);
  });

  it('lets any number of logins succeed', async () => {
    const { post } = await start();
    const replies = await times(20, () => post('/auth/login', right));
    expect(statuses(replies)).toEqual(Array<number>(20).fill(200));
  });

  it('tries exactly five of a hundred parallel guesses', async () => {
    const { post } = await start();
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => post('/auth/login', wrong)),
    );
    expect(statuses(replies).filter((status) => status === 401)).toHaveLength(5);
    expect(statuses(replies).filter((status) => status === 429)).toHaveLength(95);
  });
});

describe('ban an abuser', () => {
  it('answers a banned address with 403 until the ban is lifted', async () => {
    const { raw } = await serveRecipe('ban-an-abuser', BanModule);
    const page = async (from: string) => (await raw({ path: '/', from })).status;
    const bans = (method: string) => raw({ method, path: '/bans/127.0.0.2', from: '127.0.0.1' });

    expect(await page('127.0.0.2')).toBe(200);
    expect((await bans('PUT')).status).toBe(204);
    expect(await page('127.0.0.2')).toBe(403);
    expect(await page('127.0.0.3')).toBe(200);
    expect((await bans('DELETE')).status).toBe(204);
    expect(await page('127.0.0.2')).toBe(200);
  });
});
