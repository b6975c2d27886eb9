import type { ConfigSyntax } from '../table/syntax.js';
import { storeSchema, storeTable } from './store-schema.js';

/** Names of parameters of other clients, in lower case without `_` and `-`, and the keys for them. */
const SYNONYMS: Readonly<Record<string, string>> = {
  database: 'db',
  user: 'username',
  pass: 'password',
  auth: 'password',
  tls: 'ssl',
  skipverify: 'ssl_cert_reqs',
  rejectunauthorized: 'ssl_cert_reqs',
  ca: 'ssl_ca_certs',
  cert: 'ssl_certfile',
  key: 'ssl_keyfile',
  servername: 'ssl_servername',
  sni: 'ssl_servername',
  timeout: 'socket_timeout',
  readtimeout: 'socket_timeout',
  writetimeout: 'socket_timeout',
  connecttimeout: 'socket_connect_timeout',
  dialtimeout: 'socket_connect_timeout',
  commandtimeout: 'decision_timeout',
  poolsize: 'max_connections',
  prefix: 'key_prefix',
  name: 'master_name',
  mastername: 'master_name',
  sentinelmasterid: 'master_name',
};

/** Parameters that need no key, and why. */
const UNNECESSARY: Readonly<Record<string, string>> = {
  family: 'addresses of both families are tried',
  protocol: 'the protocol is chosen here',
  clientname: 'connections are called rate-sync: and the name of the store',
  connectionname: 'connections are called rate-sync: and the name of the store',
};

/** A name that a message may repeat: other text after a "?" may be part of a password. */
const PLAIN_NAME = /^[a-z][a-z0-9_-]{0,39}$/i;

/** The replacement for a parameter of a URL, as a sentence. */
export function explainParameter(name: string, syntax: ConfigSyntax): string {
  if (!PLAIN_NAME.test(name)) return 'has a query, which is not read. Write settings as keys.';
  const bare = bareName(name);
  const reason = Object.hasOwn(UNNECESSARY, bare) ? UNNECESSARY[bare] : undefined;
  if (reason !== undefined) return `has the parameter "${name}". Leave it out: ${reason}.`;
  const key = keyOf(bare);
  return key === undefined
    ? `has the parameter "${name}", which is not supported. Leave it out.`
    : `has the parameter "${name}", which is not read. Write the key ${syntax.spell(key)} instead.`;
}

function keyOf(bare: string): string | undefined {
  const named = storeSchema.keyof().options.find((key) => bareName(key) === bare);
  const alias = Object.entries(storeTable.aliases).find(([other]) => bareName(other) === bare);
  return named ?? alias?.[1] ?? (Object.hasOwn(SYNONYMS, bare) ? SYNONYMS[bare] : undefined);
}

function bareName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}
