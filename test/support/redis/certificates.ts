import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TlsFiles } from './redis-options.js';
import { makeTemporaryFolder } from './temporary-folder.js';

export type { TlsFiles } from './redis-options.js';

/** Certificates, good and bad. All but `otherCaFile` come from the same authority. */
export interface TestCertificates {
  readonly caFile: string;
  /** An authority that has signed none of these. */
  readonly otherCaFile: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: TlsFiles;
  readonly client: TlsFiles;
  /** For 127.0.0.1 and localhost, some years ago. */
  readonly expired: TlsFiles;
  /** For a host of another name. */
  readonly otherHost: TlsFiles;
  /** Removes the files. */
  remove(): Promise<void>;
}

interface Leaf {
  readonly name: string;
  readonly hosts: string;
  readonly from: Date;
  readonly to: Date;
}

const HERE = 'IP:127.0.0.1,DNS:localhost';
const DAY_MS = 86_400_000;
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'];

const run = promisify(execFile);

/** Makes certificates with openssl, valid from yesterday on for some days. */
export async function makeCertificates(): Promise<TestCertificates> {
  const folder = await makeTemporaryFolder('tls');
  const dir = folder.path;
  await writeFile(join(dir, 'openssl.cnf'), AUTHORITY);
  await writeFile(join(dir, 'index.txt'), '');
  await writeFile(join(dir, 'serial'), '1000\n');
  await makeAuthority(dir, 'ca');
  await makeAuthority(dir, 'other-ca');
  const valid = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + 7 * DAY_MS) };
  const past = { from: new Date('2020-01-01'), to: new Date('2020-01-02') };
  // One after the other: the authority keeps a list.
  return {
    caFile: join(dir, 'ca.crt'),
    otherCaFile: join(dir, 'other-ca.crt'),
    server: await makeLeaf(dir, { name: 'server', hosts: HERE, ...valid }),
    client: await makeLeaf(dir, { name: 'client', hosts: 'DNS:client.test', ...valid }),
    expired: await makeLeaf(dir, { name: 'expired', hosts: HERE, ...past }),
    otherHost: await makeLeaf(dir, { name: 'other-host', hosts: 'DNS:elsewhere.test', ...valid }),
    remove: () => folder.remove(),
  };
}

async function makeAuthority(dir: string, name: string): Promise<void> {
  const self = ['-x509', '-days', '8'];
  await openssl(dir, 'req', ...self, ...NEW_KEY, ...request(name), '-out', `${name}.crt`);
}

async function makeLeaf(dir: string, { name, hosts, from, to }: Leaf): Promise<TlsFiles> {
  await openssl(dir, 'req', '-new', ...NEW_KEY, ...request(name), '-out', `${name}.csr`);
  await writeFile(join(dir, `${name}.ext`), `subjectAltName=${hosts}\n`);
  await openssl(
    ...[dir, 'ca', '-batch', '-notext', '-config', 'openssl.cnf', '-extfile', `${name}.ext`],
    ...['-startdate', asn1(from), '-enddate', asn1(to)],
    ...['-in', `${name}.csr`, '-out', `${name}.crt`],
  );
  return {
    caFile: join(dir, 'ca.crt'),
    certFile: join(dir, `${name}.crt`),
    keyFile: join(dir, `${name}.key`),
  };
}

function request(name: string): readonly string[] {
  return ['-config', 'openssl.cnf', '-subj', `/CN=${name}`, '-keyout', `${name}.key`];
}

async function openssl(dir: string, ...args: readonly string[]): Promise<void> {
  await run('openssl', args, { cwd: dir });
}

/** `20200101000000Z` */
function asn1(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace(/\D/g, '')}Z`;
}

const AUTHORITY = `
[req]
distinguished_name = name
x509_extensions = authority
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ca]
default_ca = local
[local]
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.crt
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`;
