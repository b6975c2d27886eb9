import type { ConfigSyntax } from '../table/syntax.js';
import { storeSchema, storeTable } from './store-schema.js';

/** Names that other clients give, in lower case without `_` and `-`, to what are keys here. */
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

/** What is there already, without a key. */
const NEEDLESS: Readonly<Record<string, string>> = {
  family: 'addresses of both families are tried',
  protocol: 'the protocol is chosen here',
  clientname: 'connections are called rate-sync: and the name of the store',
  connectionname: 'connections are called rate-sync: and the name of the store',
};

/** A name that can be repeated: what else stands behind a "?" may be a part of a password. */
const PLAIN_NAME = /^[a-z][a-z0-9_-]{0,39}$/i;

/** What to write instead of a parameter of a URL, in a sentence. */
export function explainParameter(name: string, form: ConfigSyntax): string {
  if (!PLAIN_NAME.test(name)) return 'has a query, which is not read. Write settings as keys.';
  const bare = bareName(name);
  const reason = Object.hasOwn(NEEDLESS, bare) ? NEEDLESS[bare] : undefined;
  if (reason !== undefined) return `has the parameter "${name}". Leave it out: ${reason}.`;
  const key = keyOf(bare);
  return key === undefined
    ? `has the parameter "${name}", which means nothing here. Leave it out.`
    : `has the parameter "${name}", which is not read. Write the key ${form.spell(key)} instead.`;
}

function keyOf(bare: string): string | undefined {
  const named = storeSchema.keyof().options.find((key) => bareName(key) === bare);
  const alias = Object.entries(storeTable.aliases).find(([other]) => bareName(other) === bare);
  return named ?? alias?.[1] ?? (Object.hasOwn(SYNONYMS, bare) ? SYNONYMS[bare] : undefined);
}

function bareName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}
