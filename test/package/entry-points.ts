import manifest from '../../package.json' with { type: 'json' };

/** What users import by name. */
export interface EntryPoint {
  /** The name of the import, as in `@rate-sync/nestjs/testing`. */
  readonly name: string;
  /** The source file behind it, relative to the repository. */
  readonly source: string;
}

/** The modules that `package.json` exports; data files are left out. */
export const ENTRY_POINTS: readonly EntryPoint[] = Object.entries(manifest.exports).flatMap(
  ([path, target]) =>
    typeof target === 'string'
      ? []
      : [{ name: manifest.name + path.slice(1), source: sourceOf(target.import.default) }],
);

function sourceOf(built: string): string {
  return built.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts');
}
