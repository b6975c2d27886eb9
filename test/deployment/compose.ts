import { kitYaml } from './kit.js';

/** The compose files, one for each way to run Redis. */
export const COMPOSE_FILES = ['one-server.yml', 'sentinel.yml', 'cluster.yml'] as const;

export type ComposeFile = (typeof COMPOSE_FILES)[number];

/** A service of a compose file, as far as the tests look at it. */
export interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly [string, string] };
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

/** A compose file. */
export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

const VARIABLE = /\$\{(?<name>\w+)(?::(?<kind>[-?])(?<text>[^}]*))?\}/g;

/** Reads a compose file as it is. */
export function readCompose(file: ComposeFile): Compose {
  const [compose] = kitYaml(`compose/${file}`);
  return compose as Compose;
}

/** Reads a service of a compose file with variables put in, as Compose puts them in. */
export function composedService(
  file: ComposeFile,
  name: string,
  variables: Readonly<Record<string, string>>,
): Service {
  const { services } = JSON.parse(
    JSON.stringify(readCompose(file)).replace(VARIABLE, (_, ...found) => {
      const groups = found.at(-1) as { name: string; kind?: string; text?: string };
      const value = variables[groups.name] ?? '';
      if (value !== '') return value;
      if (groups.kind === '?') throw new Error(`${groups.name} ${groups.text ?? ''}`);
      return groups.text ?? '';
    }),
  ) as Compose;
  const service = services[name];
  if (service === undefined) throw new Error(`${file} has no service called ${name}`);
  return service;
}

/** The names of the variables that a text asks Compose for. */
export function variablesOf(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(VARIABLE)].map(({ groups }) => groups?.['name'] ?? ''));
}

/** Names of the services that run a server of Redis' own. */
export function redisServices({ services }: Compose): readonly string[] {
  return Object.keys(services).filter((name) => services[name]?.command?.[0] === 'redis-server');
}

/** The networks of a service. */
export function networksOf({ networks = [] }: Service): readonly string[] {
  return Array.isArray(networks) ? (networks as string[]) : Object.keys(networks);
}
