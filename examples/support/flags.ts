// Command-line flags: what every example takes, plus a table of the example's own.
//
//   const flags = parseFlags(
//     { stride: { type: "integer", default: 1, min: 1, help: "characters between two windows" } },
//     process.argv.slice(2),
//     { name: "npm run moliere --", summary: "Writes like Molière, one character at a time." },
//   );
//   if (flags.help) console.log(flags.help);
//   else train(flags.stride, flags.batchSize, flags.device);
//
// Kept in a file of its own: node:util must not reach a page's bundle.

import { parseArgs } from "node:util";
import { type About, layOutHelp } from "./flags_help.ts";
import { nearest, orList } from "./nearest.ts";

interface Described {
  /** What the flag does, in one sentence without a full stop. */
  readonly help: string;
  /** What stands for the value in the help: FILE, DIR, NAME … */
  readonly placeholder?: string;
}

/** One flag. Without a `default` its value is `undefined` when not given (`false` for a boolean). */
export type FlagSpec = Described &
  (
    | {
        readonly type: "integer" | "number";
        readonly default?: number;
        readonly min?: number;
        readonly max?: number;
      }
    | { readonly type: "string"; readonly default?: string }
    | { readonly type: "boolean"; readonly default?: boolean }
    | { readonly type: "choice"; readonly choices: readonly string[]; readonly default?: string }
  );

/** Flags by name; `batch-size` is written `--batch-size` and read as `batchSize`. `null` takes a common flag away. */
export type FlagTable = Readonly<Record<string, FlagSpec | null>>;
type Specs = Readonly<Record<string, FlagSpec>>;

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;
type Given<S> = S extends { type: "integer" | "number" }
  ? number
  : S extends { type: "boolean" }
    ? boolean
    : S extends { type: "choice"; choices: readonly (infer C)[] }
      ? C
      : string;
type Value<S> = S extends { type: "boolean" } | { default: unknown } ? Given<S> : Given<S> | undefined;
type Values<T> = {
  -readonly [K in keyof T & string as T[K] extends null ? never : Camel<K>]: Value<T[K]>;
};

/** What `parseFlags` returns for a table: its own flags, the common ones it does not restate, and the help. */
export type Flags<T extends FlagTable> = Values<T> &
  Values<Omit<typeof commonFlags, keyof T>> & {
    /** The help text when `--help` was given; the other values are then the defaults. */
    help: string | undefined;
  };

/** A command line that cannot be used. The message is one line: print it to stderr and exit with 2. */
export class FlagError extends Error {
  override name = "FlagError";
}

/**
 * The flags that every example takes. An example may restate one, to give it another default or help, or set it to
 * null when it makes no sense there.
 */
export const commonFlags = {
  device: {
    type: "choice",
    choices: ["auto", "webgpu", "cpu"],
    default: "auto",
    help: "where to compute: auto, webgpu or cpu; auto takes the best device and says which",
  },
  data: { type: "string", placeholder: "FILE", help: "the data to use in place of the small sample" },
  seed: { type: "integer", default: 42, min: 0, help: "the start of every random draw" },
  epochs: { type: "integer", min: 1, help: "how many times the data is seen" },
  steps: { type: "integer", min: 1, help: "stop after this many training steps" },
  out: { type: "string", default: "out", placeholder: "DIR", help: "where the report is written" },
  json: { type: "string", placeholder: "FILE", help: "write settings and results as JSON" },
  quick: { type: "boolean", help: "a small run that ends in seconds, to see that all works" },
  verify: { type: "boolean", help: "check every kernel launch against its CPU twin (slow)" },
  save: { type: "string", placeholder: "FILE", help: "write the trained model" },
  load: { type: "string", placeholder: "FILE", help: "start from a model written by --save" },
} as const satisfies FlagTable;

/** For examples that read plays through `loadText`: spread it into the table. */
export const textFlags = {
  play: { type: "string", placeholder: "NAME", help: "train on one play of the data, such as tartuffe" },
  download: { type: "boolean", help: "fetch the full corpus once into a cache, if online" },
} as const satisfies FlagTable;

/** Reads `argv` (without the program's name) by `table` and the common flags; throws `FlagError`. */
export function parseFlags<const T extends FlagTable>(
  table: T,
  argv: readonly string[],
  about: About,
): Flags<T> {
  const specs = present({ ...commonFlags, ...table });
  const values: Record<string, unknown> = { help: undefined };
  for (const [name, spec] of Object.entries(specs)) {
    values[camelCase(name)] = spec.default ?? (spec.type === "boolean" ? false : undefined);
  }
  const result = values as Flags<T>;
  if (argv.includes("--help") || argv.includes("-h")) {
    result.help = formatHelp(table, about);
    return result;
  }

  const valued = Object.entries(specs).filter(([, spec]) => spec.type !== "boolean");
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(valued.map(([name]) => [name, { type: "string" as const }])),
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") {
      throw new FlagError(
        `unexpected argument ${JSON.stringify(token.value)}; flags start with --, see --help`,
      );
    }
    if (token.kind !== "option") continue;
    const known = Object.hasOwn(specs, token.name) && token.rawName.startsWith("--");
    if (known) {
      values[camelCase(token.name)] = readValue(
        token.name,
        specs[token.name],
        token.value,
        token.inlineValue,
      );
      continue;
    }
    const positive = token.name.replace(/^no-/, "");
    if (positive !== token.name && isDefaultTrue(specs, positive)) {
      readValue(token.name, specs[positive], token.value, token.inlineValue);
      values[camelCase(positive)] = false;
      continue;
    }
    const spellings = Object.keys(specs).flatMap((name) =>
      isDefaultTrue(specs, name) ? [name, `no-${name}`] : [name],
    );
    const meant = nearest(token.name, [...spellings, "help"]);
    const wayOut = meant === undefined ? "see --help" : `did you mean --${meant}?`;
    throw new FlagError(`unknown flag ${token.rawName}; ${wayOut}`);
  }
  return result;
}

function present(table: FlagTable): Specs {
  return Object.fromEntries(
    Object.entries(table).filter((entry): entry is [string, FlagSpec] => entry[1] !== null),
  );
}

function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function isDefaultTrue(specs: Specs, name: string): boolean {
  return Object.hasOwn(specs, name) && specs[name].type === "boolean" && specs[name].default === true;
}

/** The value of one flag, checked. */
function readValue(name: string, spec: FlagSpec, value: string | undefined, inline: boolean | undefined) {
  if (spec.type === "boolean") {
    if (value === undefined) return true;
    throw new FlagError(`--${name} takes no value, got ${JSON.stringify(value)}; write --${name} alone`);
  }
  const refuse = (wayOut: string): never => {
    const got = value === undefined || value === "" ? "nothing" : JSON.stringify(value);
    throw new FlagError(`--${name} expects ${expectation(spec)}, got ${got}; ${wayOut}`);
  };
  const leaveOut = spec.default === undefined ? "see --help" : `leave it out for ${spec.default}`;
  if (value === undefined || value === "") return refuse(leaveOut);
  if (!inline && value.startsWith("--")) {
    throw new FlagError(
      `--${name} expects ${expectation(spec)}, got the flag ${value}; is its value missing?`,
    );
  }
  switch (spec.type) {
    case "string":
      return value;
    case "choice": {
      if (spec.choices.includes(value)) return value;
      const meant = nearest(value, spec.choices);
      return refuse(meant === undefined ? leaveOut : `did you mean ${meant}?`);
    }
    default: {
      const number = value.trim() === "" ? Number.NaN : Number(value);
      const whole = spec.type === "number" || (/^[+-]?\d+$/.test(value) && Number.isSafeInteger(number));
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec;
      if (whole && Number.isFinite(number) && number >= min && number <= max) return number;
      const comma = spec.type === "number" && /^[+-]?\d+,\d+$/.test(value);
      return refuse(comma ? `write ${value.replace(",", ".")}` : leaveOut);
    }
  }
}

function expectation(spec: FlagSpec): string {
  if (spec.type === "choice") return orList(spec.choices);
  if (spec.type === "integer" || spec.type === "number") {
    const kind = spec.type === "integer" ? "a whole number" : "a number";
    if (spec.min !== undefined && spec.max !== undefined) return `${kind} from ${spec.min} to ${spec.max}`;
    if (spec.min !== undefined) return `${kind} ≥ ${spec.min}`;
    return spec.max === undefined ? kind : `${kind} ≤ ${spec.max}`;
  }
  return `a value (${spec.placeholder ?? "TEXT"})`;
}

/** The text of `--help`: at most 96 columns, the example's own flags first, defaults shown. */
export function formatHelp(table: FlagTable, about: About): string {
  const common = Object.entries(commonFlags).filter(([name]) => !Object.hasOwn(table, name));
  const help: FlagSpec = { type: "boolean", help: "print this text" };
  return layOutHelp(about, [
    ["Flags of this example", Object.entries(present(table)).map(describe)],
    ["Flags of every example", [...common, ["help", help] as const].map(describe)],
  ]);
}

/** How a flag is written, and what it does. */
function describe([name, spec]: readonly [string, FlagSpec]): [usage: string, text: string] {
  if (spec.type === "boolean") {
    return spec.default === true ? [`--no-${name}`, `switch off: ${spec.help}`] : [`--${name}`, spec.help];
  }
  const standIn = { integer: "N", number: "X", string: "TEXT", choice: "NAME" }[spec.type];
  const unnamed = spec.type === "choice" && !spec.choices.every((choice) => spec.help.includes(choice));
  const choices = unnamed ? `: ${orList(spec.choices)}` : "";
  const byDefault = spec.default === undefined ? "" : ` (default: ${spec.default})`;
  return [`--${name} ${spec.placeholder ?? standIn}`, spec.help + choices + byDefault];
}
