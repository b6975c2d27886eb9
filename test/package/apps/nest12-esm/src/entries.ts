import * as testing from '@rate-sync/nestjs/testing';
import manifest from '@rate-sync/nestjs/package.json' with { type: 'json' };
import schema from '@rate-sync/nestjs/rate-sync.schema.json' with { type: 'json' };

console.log(
  JSON.stringify({
    testing: Object.keys(testing),
    schema,
    name: (manifest as { name: string }).name,
  }),
);
