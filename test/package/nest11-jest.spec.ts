import { describe, it } from 'vitest';
import { consumerApp } from './consumer.js';
import { expectNoOptionalPeers } from './optional-peers.js';

describe('in the application that "nest new" of Nest 11 makes', () => {
  const app = consumerApp('nest11-jest');

  it('needs none of the optional peers', async () => {
    await expectNoOptionalPeers(app);
  });

  it('compiles, with its types checked', async () => {
    await app.script('build');
  });

  it('works in unit tests under Jest', async () => {
    await app.script('test');
  });

  it('works in end-to-end tests under Jest', async () => {
    await app.script('test:e2e');
  });
});
