import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newNestProject, type NestProject } from './nest-project.js';
import { edited, Readme } from './readme.js';

const MAJORS = [11, 12];
const SETUP_TIMEOUT_MS = 240_000;

const readme = await Readme.read();
const projects = new Map<number, NestProject>();

/** Follows the README up to where the application is started. */
async function followed(project: NestProject): Promise<void> {
  const appModule = 'src/app.module.ts';
  const controller = 'src/auth/auth.controller.ts';
  await project.write('rate-sync.toml', readme.file('rate-sync.toml'));
  await project.write(appModule, edited(await project.read(appModule), readme.file(appModule)));
  await project.sh(readme.commands('nest generate controller'));
  await project.write(controller, readme.file(controller));
}

beforeAll(async () => {
  const all = MAJORS.map(async (major) => {
    const project = await newNestProject(major);
    projects.set(major, project);
    await followed(project);
  });
  await Promise.all(all);
}, SETUP_TIMEOUT_MS);

afterAll(() => Promise.all(Array.from(projects.values(), (project) => project.remove())));

/** Seconds, milliseconds and moments differ from run to run. */
function timeless(line: string): string {
  return line
    .replaceAll(/(;t=|^Retry-After: |^X-RateLimit-Reset: |retryAfterMs":|in )\d+/g, '$1…')
    .trimEnd();
}

describe.each(MAJORS)('the quick start, in a project that "nest new" of Nest %d made', (major) => {
  const project = (): NestProject => {
    const made = projects.get(major);
    if (made === undefined) throw new Error('the project was not made');
    return made;
  };

  it('leaves nothing to the linter of the project', async () => {
    await project().lint();
  });

  it('compiles', async () => {
    await project().sh('npm run build');
  });

  it('keeps the unit tests of the project green', async () => {
    await project().sh('npm test');
  });

  it('keeps the end-to-end tests of the project green', async () => {
    await project().sh('npm run test:e2e');
  });

  it('answers as the README shows', async () => {
    const app = await project().start();
    try {
      const statuses = await project().sh(app.here(readme.commands('seq 12')));
      const expected = [...Array<string>(10).fill('401'), ...Array<string>(2).fill('429')];
      expect(statuses.trim().split('\n')).toEqual(expected);
      const response = await project().sh(app.here(readme.commands('curl -i')));
      expect(response.split('\n').map(timeless)).toEqual(
        expect.arrayContaining(readme.responseLines().map(timeless)),
      );
    } finally {
      app.stop();
    }
  });
});
