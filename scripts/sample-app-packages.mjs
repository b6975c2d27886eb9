/**
 * Makes what the sample app runs on (Nest and the optional peers) dependencies in `package.json`, so
 * that `npm prune --omit=dev` leaves them where `npm ci` put them. For images: see
 * `docs/deployment/Dockerfile`. It changes the manifest; do not run it in a checkout.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package.json', import.meta.url);
const manifest = JSON.parse(readFileSync(file, 'utf8'));
const names = [...Object.keys(manifest.peerDependencies), '@nestjs/platform-express'];

for (const name of names) {
  manifest.dependencies[name] = manifest.devDependencies[name];
  delete manifest.devDependencies[name];
}
writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
