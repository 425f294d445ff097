import { createRequire } from "node:module";

/** The version of an installed library. */
export function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? [])
    try {
      return (require(`${folder}/${name}/package.json`) as { version: string }).version;
    } catch {
      // It lies in one of the next folders.
    }
  return "unknown version";
}
