/** The code that a chapter prints: taken from the file that runs, so that it cannot differ from it. */
import type { Lesson } from "../support/lesson.ts";
import type { CourseOptions } from "./settings.ts";

/** A function, class or method (`Class.method`) of a source text, from its first line to its closing brace, without `export`. */
export function declaration(source: string, name: string): string {
  const lines = source.split("\n");
  const [outer, method] = name.split(".");
  const cut = (from: number, head: RegExp, close: string): [number, number] => {
    const start = lines.findIndex((line, i) => i >= from && head.test(line));
    const end = lines.indexOf(close, start);
    if (start < 0 || end < 0) throw new Error(`listing: there is no ${name}`);
    return [start, end];
  };
  const [start, end] = cut(0, new RegExp(`^(?:export )?(?:async )?(?:function|class) ${outer}\\b`), "}");
  if (method === undefined) {
    const text = lines.slice(start, end + 1).join("\n");
    return text.replace(/^export /, "");
  }
  const [first, last] = cut(start, new RegExp(`^  (?:async )?${method}\\(`), "  }");
  if (last > end) throw new Error(`listing: there is no ${name}`);
  const inside = lines.slice(first, last + 1).map((line) => line.replace(/^ {2}/, ""));
  return [`// ${outer}`, ...inside].join("\n");
}

/** Prints functions and classes of a file of this folder. */
export function showCode(
  lesson: Lesson,
  { source }: Pick<CourseOptions, "source">,
  file: string,
  ...names: readonly string[]
): void {
  if (source === undefined) return;
  const text = source(file);
  const code = names.map((name) => declaration(text, name)).join("\n\n");
  lesson.output(indent(code), `Le code (${file}) :`);
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
