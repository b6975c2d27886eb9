/** The syntax of a configuration, TOML or an object. Messages use it. */
export interface ConfigSyntax {
  /** Whether `${VAR}` in strings is an environment variable. */
  readonly expandsVariables: boolean;
  /** A key, by its TOML name. */
  spell(key: string): string;
  /** A key with a value, by its TOML name. */
  assign(key: string, value: string): string;
  /** A named table. */
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
