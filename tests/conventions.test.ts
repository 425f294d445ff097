/** What this repository promises about its own files, so that every part of an operation is found in a minute. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { TWINS } from "../src/backend/cpu/twins.ts";
import { KERNELS } from "../src/backend/kernels.generated.ts";
import { TOLERANCES } from "../src/backend/tolerances.ts";
import { DISPATCH, SOFTWARE_VARIANT } from "../src/backend/webgpu/dispatch.ts";
import { cases } from "./cases/index.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Header and shader still fit two screens; most kernels have half of it. */
const KERNEL_LINES = 145;
/** A file that is read in one sitting. */
const SOURCE_LINES = 300;
/** A tensor and the ways to make one need each other, so they share a file. */
const LONGER: Record<string, number> = { "src/tensor.ts": 365 };

function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

/** Files below a folder whose names match, as paths from the root. */
function filesOf(folder: string, name: RegExp): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => name.test(file))
    .map((file) => path.posix.join(folder, file.split(path.sep).join("/")))
    .sort();
}

/** The source without comments; strings stay. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^(\s*)\/\/.*$/gm, "$1");
}

const generated = /\.generated\.ts$/;
const sources = filesOf("src", /\.ts$/).filter((file) => !generated.test(file));
const code = new Map(sources.map((file) => [file, codeOf(read(file))]));

/** Files that a file reaches by imports, itself included. */
function reached(start: string): Set<string> {
  const seen = new Set([start]);
  for (const file of seen)
    for (const [, target] of codeOf(read(file)).matchAll(/from\s+"(\.[^"]+\.ts)"/g))
      seen.add(path.posix.join(path.posix.dirname(file), target));
  return seen;
}

/** For each kernel, the files outside the backends that launch it: `run("name"`, or its name handed to what does. */
const launchers = new Map<string, string[]>();
for (const [file, text] of code) {
  if (file.startsWith("src/backend/") || !/\brun\(/.test(text)) continue;
  const words = [...text.matchAll(/"(\w+)"/g)].map(([, word]) => word);
  // `${name}_backward`, as softmax and log_softmax share a file.
  const endings = [...text.matchAll(/`\$\{\w+\}(_\w+)`/g)].map(([, ending]) => ending);
  for (const name of new Set([...words, ...endings.flatMap((ending) => words.map((word) => word + ending))]))
    if (name in KERNELS) launchers.set(name, [...(launchers.get(name) ?? []), file]);
}

const variants = new Set<string>(Object.values(SOFTWARE_VARIANT));

describe("every kernel", () => {
  const kernels = filesOf("kernels", /\.wgsl$/);
  const table = read("kernels/README.md")
    .split("\n")
    .filter((line) => line.startsWith("|"));

  it("is in the generated file, and nothing else is", () => {
    const names = kernels.map((file) => path.basename(file, ".wgsl"));
    expect(Object.keys(KERNELS).sort()).toEqual(names);
  });

  for (const file of kernels) {
    const name = path.basename(file, ".wgsl");
    const source = read(file);
    const header = source.slice(0, source.search(/^[^/\n]/m));

    it(`${name}: header, order, length`, () => {
      expect(header).toMatch(new RegExp(`^// ${name}: \\S`));
      for (const line of ["Dispatch", "Gradient"])
        expect(header).toMatch(new RegExp(`^//.*\\b${line}: \\S`, "m"));
      const twin = /CPU twin: (\S+\.ts)\./.exec(header)?.[1] ?? "no CPU twin";
      expect(existsSync(path.join(root, twin)), twin).toBe(true);
      for (const [, other] of header.matchAll(/(\w+\.wgsl)/g))
        expect(existsSync(path.join(root, "kernels", other)), other).toBe(true);
      for (const [, other] of header.matchAll(/((?:src|examples)\/[\w/]+\.ts)/g))
        expect(existsSync(path.join(root, other)), other).toBe(true);

      expect(source.match(/@compute/g)).toHaveLength(1);
      expect(source).toMatch(new RegExp(`@compute @workgroup_size\\(\\d+, \\d+, \\d+\\)\\nfn ${name}\\(`));
      expect(source.match(/var<storage/g)!.length).toBeLessThanOrEqual(8);
      // struct Params, then bindings, then constants, shared memory, helpers, and the entry point at the end.
      const last = (pattern: RegExp): number => [...source.matchAll(pattern)].at(-1)?.index ?? -1;
      const order = [
        last(/^override /gm),
        source.indexOf("struct Params"),
        source.indexOf("@group(0) @binding(0)"),
        last(/^@group/gm),
        last(/^const /gm),
        last(/^var<workgroup>/gm),
        last(/^fn (?!\w+\(@builtin)/gm),
        source.indexOf("@compute"),
      ].filter((at) => at >= 0);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      expect(source.slice(source.indexOf("@compute"))).not.toMatch(/\n(?:fn|const|var)\b.*\n[\s\S]*\nfn /);
      expect(source.split("\n").length - 1).toBeLessThanOrEqual(KERNEL_LINES);
      for (const line of source.split("\n")) expect(line.length, line).toBeLessThanOrEqual(120);
    });

    it(`${name}: the whole trail`, () => {
      for (const [what, where] of Object.entries({ TWINS, DISPATCH, TOLERANCES }))
        expect(Object.keys(where), what).toContain(name);
      expect(
        cases.some((c) => c.name.startsWith(`kernel ${name}: `)),
        "a launch case in tests/cases",
      ).toBe(true);
      expect(
        table.some(
          (row) => row.split("|")[1].includes(`\`${name}\``) || row.split("|")[1].includes(`[${name}]`),
        ),
        "a row in kernels/README.md",
      ).toBe(true);
      // A variant for software adapters is launched in place of another kernel.
      const asked = variants.has(name)
        ? Object.keys(SOFTWARE_VARIANT).find((k) => SOFTWARE_VARIANT[k as "matmul"] === name)!
        : name;
      const files = launchers.get(asked) ?? [];
      expect(files.length, "an op or optimizer that launches it").toBeGreaterThan(0);
      for (const kind of ["Layer", "Example"]) {
        const start = new RegExp(`${kind}: (\\S+\\.ts)\\.`).exec(header)?.[1];
        if (!start) continue;
        const reach = reached(start);
        expect(
          files.some((file) => reach.has(file)),
          `${start} reaches none of ${files.join(", ")}`,
        ).toBe(true);
      }
    });
  }
});

describe("sources", () => {
  it(`have at most ${SOURCE_LINES} lines`, () => {
    const long = sources
      .map((file) => ({ file, lines: read(file).split("\n").length - 1 }))
      .filter(({ file, lines }) => lines > (LONGER[file] ?? SOURCE_LINES));
    expect(long).toEqual([]);
  });

  it("name platforms only under src/backend/webgpu", () => {
    const words = /\b(navigator|GPU[A-Z]\w+|process\.|Deno|window\.|document\.)/;
    const found = [...code]
      .filter(([file]) => !file.startsWith("src/backend/webgpu/"))
      .flatMap(([file, text]) => (words.test(text) ? [`${file}: ${words.exec(text)![0]}`] : []));
    expect(found).toEqual([]);
    for (const [file, text] of code) expect(text.includes('"node:'), file).toBe(false);
  });

  it("import files by their full name, and nothing from outside", () => {
    for (const [file, text] of code)
      for (const [, target] of text.matchAll(/(?:from|import)\s+"([^"]+)"/g)) {
        expect(target, file).toMatch(/^\.\.?\/[\w/.]+\.ts$/);
        expect(existsSync(path.join(root, path.dirname(file), target)), `${file}: ${target}`).toBe(true);
      }
  });

  it("do not import each other in a circle when they are loaded", () => {
    // Types are gone by then.
    const graph = new Map(
      [...code].map(([file, text]) => [
        file,
        [...text.matchAll(/^(?:import|export)\s+(?!type\b)([^;]*?)\s*from\s+"([^"]+)"/gm)]
          .filter(([, names]) => !/^\{(\s*type [\w ]+,?)*\s*\}$/.test(names))
          .map(([, , target]) => path.posix.join(path.posix.dirname(file), target)),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: string[]): void => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
      if (done.has(file) || trail.includes(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });

  it("leave nothing to do", () => {
    const files = ["src", "kernels", "examples", "tests", "scripts"].flatMap((folder) =>
      filesOf(folder, /\.(ts|wgsl|md|py|html|css)$/),
    );
    const marks = new RegExp(["TO", "DO|FIX", "ME|X", "XX"].join(""));
    expect(files.filter((file) => marks.test(read(file)))).toEqual([]);
  });
});

describe("public names", () => {
  /** Exported name → does a doc comment stand before it, in this file or the one that it is re-exported from. */
  function documented(file: string, name: string): boolean {
    const text = read(file);
    const declaration = new RegExp(
      `(\\*/\\n)?export (?:abstract |async |declare )*(?:function\\*?|class|const|let|interface|type|enum) ${name}\\b`,
      "g",
    );
    const found = [...text.matchAll(declaration)];
    if (found.length > 0) return found.some(([, comment]) => comment !== undefined);
    for (const [, names, target] of text.matchAll(/export (?:type )?\{([^}]*)\} from "([^"]+)"/g))
      if (names.split(",").some((part) => part.trim().replace(/^type /, "") === name))
        return documented(path.posix.join(path.posix.dirname(file), target), name);
    throw new Error(`${file} does not export ${name}`);
  }

  /** The names that an index exports, with the file that each comes from. */
  function namesOf(file: string): [file: string, name: string][] {
    const index = codeOf(read(file));
    const folder = path.posix.dirname(file);
    const names: [file: string, name: string][] = [];
    for (const [, list, target] of index.matchAll(/export (?:type )?\{([^}]*)\} from "([^"]+)"/g))
      for (const part of list.split(",").map((item) => item.trim()))
        if (part) names.push([path.posix.join(folder, target), part.replace(/^type /, "")]);
    for (const [, target] of index.matchAll(/export \* from "([^"]+)"/g)) {
      const from = path.posix.join(folder, target);
      const declared = read(from).matchAll(
        /^export (?:async )?(?:function|class|const|interface|type) (\w+)/gm,
      );
      for (const [, name] of declared) names.push([from, name]);
    }
    return names;
  }

  for (const [index, least] of [
    ["src/index.ts", 100],
    ["src/keras/index.ts", 40],
  ] as const)
    it(`of ${index} each have a doc comment`, () => {
      const names = namesOf(index);
      expect(names.length).toBeGreaterThan(least);
      expect(names.filter(([file, name]) => !documented(file, name)).map(([, name]) => name)).toEqual([]);
    });
});

describe("device cases", () => {
  it("all have a name of their own", () => {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("all run: the index lists every file that exports some", () => {
    const index = read("tests/cases/index.ts");
    for (const file of filesOf("tests/cases", /\.ts$/))
      for (const [, name] of read(file).matchAll(/export const (\w+Cases): DeviceCase\[\]/g))
        expect(index.match(new RegExp(`\\b${name}\\b`, "g")) ?? [], `${name} in index.ts`).toHaveLength(2);
  });
});
