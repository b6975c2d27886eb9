import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/support/command-line.js';
import { runCommandLine } from './run-command-line.js';
import { withoutControls, Terminal } from './terminal.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rate-sync-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: readonly string[]) => runCli(args);

async function file(toml: string): Promise<string> {
  const path = join(folder, 'rate-sync.toml');
  await writeFile(path, toml);
  return path;
}

const FINE = `[stores.main]
strategy = "memory"
[limiters.login_ip]
algorithm = "sliding_window"
limit = 10
window_seconds = 300
fail_closed = true`;

describe('rate-sync', () => {
  it('lists its commands, and rejects unknown ones', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, err: '' });
    const { code, out, err } = await run('\u001b[31mnonsense');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('unknown command "nonsense"');
    expect((await run()).code).toBe(2);
    expect((await run('__proto__')).code).toBe(2);
  });

  it('validate lists the limiters of a valid configuration', async () => {
    const { code, out } = await run('validate', await file(FINE));
    expect(code).toBe(0);
    expect(out).toMatch(/login_ip +10 in 300 s +main \(memory\) +denies \(503\)/);
    const json = await run('validate', await file(FINE), '--json');
    expect(JSON.parse(json.out)).toMatchObject({ valid: true, limiters: [{ id: 'login_ip' }] });
  });

  it('C3: validate warns of keys that have no effect', async () => {
    const path = await file(FINE.replace('[limiters', 'pool_min_size = 2\n[limiters'));
    const { code, out } = await run('validate', path);
    expect(code).toBe(0);
    expect(out).toContain('warning: stores.main.pool_min_size (line 3): has no effect here');
    const json = await run('validate', path, '--json');
    expect(JSON.parse(json.out)).toMatchObject({
      valid: true,
      warnings: [{ path: 'stores.main.pool_min_size', line: 3 }],
    });
  });

  it('D1: validate names windows that take megabytes for one identifier', async () => {
    const large = await file(FINE.replace('limit = 10', 'limit = 1_000_000'));
    const { code, out } = await run('validate', large);
    expect(code).toBe(0);
    expect(out).toMatch(/note: limiter "login_ip": a window of 1000000 takes \d\.\d MiB/);
    const json = await run('validate', large, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ valid: true, notes: [expect.any(String)] });
    expect((await run('validate', await file(FINE))).out).not.toContain('note');
  });

  it('validate lists every problem, and exits with 1', async () => {
    const path = await file(FINE.replace('limit = 10', 'limt = 10\nlimit = "${NOT_SET}"'));
    const { code, out } = await run('validate', path);
    expect(code).toBe(1);
    expect(out).toContain('limiters.login_ip.limt');
    expect(out).toContain('NOT_SET');
    const json = await run('validate', path, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ valid: false });
  });

  it.each([
    ['an unknown option', ['validate', '--nonsense']],
    ['an unknown limiter', ['inspect', 'unknown', 'x', '--config', 'FILE']],
    ['a memory store', ['inspect', 'login_ip', '192.0.2.1', '--config', 'FILE']],
    ['no limiter', ['reset', '--config', 'FILE']],
    ['a plan without traffic', ['plan', '--config', 'FILE', '--rps', '5']],
    [
      'traffic that is no number',
      ['plan', '--config', 'FILE', '--rps', '-1', '--identifiers', 'x'],
    ],
    ['a URL that is none', ['doctor', '--url', 'nonsense']],
  ])('names the mistake and exits with 2: %s', async (_, args) => {
    const path = await file(FINE);
    const { code, out, err } = await run(...args.map((arg) => (arg === 'FILE' ? path : arg)));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^rate-sync \w+: .+/);
    expect(err).not.toContain('internal error');
  });

  it('C10: inspect expects an IP address where the limiter counts by one', async () => {
    const shared = FINE.replace('strategy = "memory"', 'url = "redis://127.0.0.1:1"');
    const args = ['inspect', 'login_ip', 'notanip', '--config', await file(shared)];
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('counts by ip, and "notanip" is no IP address');
    expect(err).toContain('such as 192.0.2.1');
  });

  it('suggests the option that was probably meant', async () => {
    expect((await run('validate', '--jsn')).err).toContain('Did you mean --json?');
    expect((await run('validate', '--x')).err).toContain('Options: --json');
    expect((await run('validat')).err).toContain('Did you mean "validate"?');
  });

  it('C10: marks a syntax error below its line', async () => {
    const path = await file(FINE.replace('limit = 10', '\tlimit = = 10'));
    for (const args of [
      ['validate', path],
      ['doctor', path],
    ]) {
      const { code, out } = await run(...args);
      expect(code).toBe(1);
      expect(out).toMatch(/ {4}5 \| {2}limit = .*\n +\| {10}\^\n/);
    }
  });

  it('colours results on a terminal, unless NO_COLOR is set', async () => {
    const printed = async (env: Record<string, string>): Promise<string> => {
      let out = '';
      const watched = { isTTY: true, write: (text: string) => (out += text) };
      await runCommandLine(['validate', path], new Terminal(watched, watched, env), {});
      return out;
    };
    const path = await file(FINE);
    expect(await printed({})).toContain('\u001b[94mvalid\u001b[39m: ');
    expect(await printed({ NO_COLOR: '1' })).toMatch(/^valid: /);
    await file(FINE.replace('limit =', 'limt ='));
    expect(await printed({})).toContain('\u001b[31mRATE_SYNC_INVALID_CONFIG: 2 problems in');
  });

  it('plan estimates the needs of limiters, of those in memory as if they were in Redis', async () => {
    const traffic = ['--identifiers', '1000000', '--rps', '2000', '--config', await file(FINE)];
    const { code, out } = await run('plan', ...traffic);
    expect(code).toBe(0);
    expect(out).toContain('2,000 requests per second of 1,000,000 identifiers, on every limiter');
    expect(out).toMatch(/^login_ip +47\d,\d{3} +\d{3} +\d\d\.\d MiB +2,000$/m);
    expect(out).toMatch(/^total +47\d,\d{3} +\d\d\.\d MiB +2,000$/m);
    const json = await run('plan', 'login_ip', ...traffic, '--instances', '4', '--json');
    expect(JSON.parse(json.out)).toMatchObject({
      identifiers: 1_000_000,
      rps: 2_000,
      instances: 4,
      heldMs: 100,
      limiters: [{ limiterId: 'login_ip', commandsPerSecond: 2_000 }],
      total: { commandsPerSecond: 2_000 },
    });
    const unknown = await run('plan', 'login_ipp', ...traffic);
    expect(unknown.err).toContain('Did you mean "login_ip"?');
  });

  it('plan counts fewer commands when most requests of an identifier are denied', async () => {
    const flood = ['--identifiers', '1', '--rps', '1000', '--config', await file(FINE), '--json'];
    const { out } = await run('plan', ...flood);
    const { total } = JSON.parse(out) as { total: { keys: number; commandsPerSecond: number } };
    expect(total).toMatchObject({ keys: 1, commandsPerSecond: 1 });
  });

  it('shows on a terminal the step that takes longer than a second, and clears it', async () => {
    let err = '';
    const watched = { isTTY: true, write: (text: string) => (err += text) };
    const terminal = new Terminal({ write: () => undefined }, watched, {});
    await terminal.during('Quick', () => Promise.resolve());
    expect(err).not.toContain('Quick');
    let report: (step: string) => void = () => undefined;
    let end = (): void => undefined;
    const slow = terminal.during('Connecting', (given) => {
      report = given;
      return new Promise<void>((resolve) => (end = resolve));
    });
    await expect.poll(() => err, { timeout: 10_000 }).toContain('Connecting …');
    report('Checking\u0007 tls');
    expect(err).toContain('Checking? tls …');
    end();
    await slow;
    expect(err.endsWith('\r\u001b[2K')).toBe(true);
  });

  it('prints no character that could move the cursor', () => {
    expect(withoutControls('a\u001b[2Jb\r\n\u202ec')).toBe('ab???c');
    expect(withoutControls('a\tb')).toBe('a b');
  });
});
