import { describe, it } from 'vitest';
import { consumerApp } from './consumer.js';
import { expectNoOptionalPeers } from './optional-peers.js';
import { expectServed } from './served.js';

describe('in a Nest 11 application of CommonJS, compiled the way of Nest 10', () => {
  const app = consumerApp('nest11-cjs');

  it('needs none of the optional peers', async () => {
    await expectNoOptionalPeers(app);
  });

  it('compiles, with its types checked', async () => {
    await app.script('build');
  });

  it('limits', async () => {
    expectServed(await app.report('start'));
  });
});
