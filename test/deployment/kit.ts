import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Where the deployment kit is. */
export const KIT = resolve(import.meta.dirname, '../../docs/deployment');

/** The text of a file of the kit. */
export function kitText(path: string): string {
  return readFileSync(resolve(KIT, path), 'utf8');
}

/** The documents of a YAML file of the kit. Fails on what YAML does not allow, doubled keys included. */
export function kitYaml(path: string): readonly unknown[] {
  return parseAllDocuments(kitText(path), { merge: true }).map((document) => {
    for (const problem of [...document.errors, ...document.warnings]) throw problem;
    return document.toJS() as unknown;
  });
}

/** The variables of .env.production, with what stands there. */
export function envProduction(): ReadonlyMap<string, string> {
  const lines = kitText('.env.production')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
      if (name === '') throw new Error(`.env.production has a line that sets nothing: ${line}`);
      return [name, value];
    }),
  );
}
