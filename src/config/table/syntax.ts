/** How a configuration is written: as a TOML file or as an object. Messages follow it. */
export interface ConfigSyntax {
  /** True when `${VAR}` in strings stands for an environment variable. */
  readonly expandsVariables: boolean;
  /** A key, from its TOML name. */
  spell(key: string): string;
  /** A key with a value, from its TOML name. */
  assign(key: string, value: string): string;
  /** How a named table is written. */
  table(section: string, name: string): string;
}

/** `window_seconds = 300` in a table `[limiters.NAME]`. */
export const tomlSyntax: ConfigSyntax = {
  expandsVariables: true,
  spell: (key) => key,
  assign: (key, value) => `${key} = "${value}"`,
  table: (section, name) => `[${section}.${name}]`,
};

/** `windowSeconds: 300` in `limiters: { NAME: { … } }`. */
export const objectSyntax: ConfigSyntax = {
  expandsVariables: false,
  spell: camelCase,
  assign: (key, value) => `${camelCase(key)}: '${value}'`,
  table: (section, name) => `${section}: { ${name}: { … } }`,
};

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
