// The layout of `--help`.

import { wrap } from "./format.ts";

const COLUMNS = 96;

/** What the help says about the example. `name` is how it is started, such as `npm run moliere --`. */
export interface About {
  readonly name: string;
  readonly summary: string;
  /** Command lines worth trying, printed as they are. */
  readonly examples?: readonly string[];
}

/** Sections of flags, each with how it is written and what it does, in two columns of text. */
export function layOutHelp(
  about: About,
  sections: readonly [title: string, flags: readonly (readonly [usage: string, text: string])[]][],
): string {
  const usages = sections.flatMap(([, flags]) => flags.map(([usage]) => usage.length));
  const width = Math.min(28, Math.max(...usages));
  const lines = [...wrap(about.summary, COLUMNS), "", `Usage: ${about.name} [flags]`];
  for (const [title, flags] of sections) {
    if (flags.length > 0) lines.push("", title);
    for (const [usage, text] of flags) {
      const right = wrap(text, COLUMNS - width - 4);
      lines.push(usage.length > width ? `  ${usage}` : `  ${usage.padEnd(width)}  ${right.shift()}`);
      lines.push(...right.map((line) => " ".repeat(width + 4) + line));
    }
  }
  if (about.examples?.length) lines.push("", "Examples", ...about.examples.map((line) => `  ${line}`));
  return lines.join("\n");
}
