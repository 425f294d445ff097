/**
 * Reads every `kernels/*.wgsl` and writes `src/backend/kernels.generated.ts`: the source text, the bindings,
 * the params with their offsets, and TypeScript types of all that. A kernel without a CPU twin, a missing param
 * or an unknown buffer is then a compile error.
 *
 *   npm run generate            writes the file
 *   npm run generate -- --check fails when the committed file is stale
 *
 * Two words in the comment behind a binding mean something here: `optional` (the launch may leave it out) and
 * `words` (u32 words that hold f32 or i32; a CPU twin gets the buffer's own type).
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";

const KERNELS = new URL("./", import.meta.url);
const TARGET = new URL("../src/backend/kernels.generated.ts", import.meta.url);

interface Member {
  name: string;
  offset: number;
  type: "u32" | "i32" | "f32";
  /** 1 for a scalar, 2 to 4 for a vector. */
  length: number;
}

interface KernelDescription {
  name: string;
  source: string;
  workgroup: number[];
  paramsSize: number;
  params: Member[];
  bindings: { name: string; binding: number; access: string; type: string; optional: boolean }[];
  overrides: { name: string; type: "u32" | "i32" | "f32" | "bool" }[];
}

function fail(file: string, message: string): never {
  throw new Error(`kernels/${file}: ${message}`);
}

function reflect(file: string, source: string): WgslReflect {
  try {
    return new WgslReflect(source);
  } catch (error) {
    return fail(file, (error as Error).message);
  }
}

/** Reads one kernel's interface; throws an error that names the file and the rule it breaks. */
export function describeKernel(file: string, source: string): KernelDescription {
  const name = file.replace(/\.wgsl$/, "");
  const reflection = reflect(file, source);
  const entries = reflection.entry.compute;
  if (entries.length !== 1 || entries[0].name !== name)
    fail(file, `expected one entry point called ${name}, got ${entries.map((e) => e.name).join(", ")}`);
  const size = /@workgroup_size\((\d+), (\d+), (\d+)\)/.exec(source);
  if (!size) fail(file, "expected @workgroup_size with three literal values");
  const uniform = reflection.uniforms[0];
  if (reflection.uniforms.length !== 1 || uniform.name !== "params" || uniform.binding !== 0)
    fail(file, "expected one uniform: @group(0) @binding(0) var<uniform> params: Params");
  const params = (uniform.type as unknown as { members: ReflectedMember[] }).members.map((member): Member => {
    const vector = /^vec([234])$/.exec(member.type.name);
    const type = vector ? member.type.format?.name : member.type.name;
    if (type !== "u32" && type !== "i32" && type !== "f32")
      fail(file, `param ${member.name} is ${member.type.name}; use u32, i32, f32 or a vector of one`);
    return { name: member.name, offset: member.offset, type, length: vector ? Number(vector[1]) : 1 };
  });
  const bindings = reflection.storage.map((storage) => {
    const { format, name: plain } = storage.type as unknown as ReflectedMember["type"];
    // An array of vec4<f32> is f32 in memory, loaded four at a time.
    const element = (format?.name === "vec4" ? format.format?.name : format?.name) ?? plain;
    const line = source.split("\n").find((l) => new RegExp(`>\\s*${storage.name}\\s*:`).test(l)) ?? "";
    const comment = line.split("//")[1] ?? "";
    const words = /\bwords\b/.test(comment);
    if (words && element !== "u32") fail(file, `${storage.name} holds words, so its type must be array<u32>`);
    if (!/^(f32|i32|u32|atomic.*)$/.test(element))
      fail(file, `${storage.name} is array<${element}>; use f32, i32, u32, or a vec4 or atomic of one`);
    if (storage.group !== 0) fail(file, `${storage.name} is in @group(${storage.group}), expected 0`);
    return {
      name: storage.name,
      binding: storage.binding,
      access: storage.access ?? "read",
      type: words ? "words" : element.replace(/^atomic.*$/, "u32"),
      optional: /\boptional\b/.test(comment),
    };
  });
  bindings.sort((a, b) => a.binding - b.binding);
  if (bindings.length > 8) fail(file, `${bindings.length} storage buffers; WebGPU's default limit is 8`);
  bindings.forEach((b, i) => {
    if (b.binding !== i + 1) fail(file, `${b.name} is @binding(${b.binding}), expected ${i + 1}`);
  });
  const overrides = reflection.overrides.map(({ name, type }) => {
    if (!type || !(type.name in TYPESCRIPT))
      fail(file, `override ${name} needs a type: u32, i32, f32 or bool`);
    return { name, type: type.name as KernelDescription["overrides"][number]["type"] };
  });
  return {
    name,
    source,
    workgroup: [Number(size[1]), Number(size[2]), Number(size[3])],
    paramsSize: Math.ceil(uniform.size / 16) * 16,
    params,
    bindings,
    overrides,
  };
}

interface ReflectedMember {
  name: string;
  offset: number;
  type: { name: string; format?: { name: string; format?: { name: string } | null } | null };
}

const TYPESCRIPT: Record<string, string> = { u32: "number", i32: "number", f32: "number", bool: "boolean" };

function paramType(member: Member): string {
  return member.length === 1 ? "number" : "readonly number[]";
}

/** The generated module's text. */
export function render(kernels: KernelDescription[]): string {
  const lines = [
    "// Generated from kernels/*.wgsl by kernels/generate.ts. Do not edit: run `npm run generate`.",
    "",
    "/** What a launch of each kernel takes: its params and override constants. */",
    "export interface KernelParams {",
    ...kernels.flatMap((k) => [
      `  ${k.name}: {`,
      ...k.params.map((m) => `    ${m.name}: ${paramType(m)};`),
      ...k.overrides.map((o) => `    ${o.name}: ${TYPESCRIPT[o.type]};`),
      "  };",
    ]),
    "}",
    "",
    "/** The storage buffers of each kernel, by element type. */",
    "export interface KernelBuffers {",
    ...kernels.flatMap((k) => [
      `  ${k.name}: {`,
      ...k.bindings.map((b) => `    ${b.name}${b.optional ? "?" : ""}: ${JSON.stringify(b.type)};`),
      "  };",
    ]),
    "}",
    "",
    "export type KernelName = keyof KernelParams;",
    "",
    "/** One kernel as a backend needs it. */",
    "export interface KernelSpec {",
    "  readonly name: KernelName;",
    "  readonly workgroup: readonly [number, number, number];",
    "  readonly paramsSize: number;",
    '  readonly params: readonly { name: string; offset: number; type: "u32" | "i32" | "f32"; length: number }[];',
    '  readonly bindings: readonly { name: string; access: "read" | "read_write"; type: "f32" | "i32" | "u32" | "words"; optional: boolean }[];',
    '  readonly overrides: readonly { name: string; type: "u32" | "i32" | "f32" | "bool" }[];',
    "  readonly source: string;",
    "}",
    "",
    "export const KERNELS: { readonly [K in KernelName]: KernelSpec } = {",
    ...kernels.flatMap((k) => [
      `  ${k.name}: {`,
      `    name: ${JSON.stringify(k.name)},`,
      `    workgroup: [${k.workgroup.join(", ")}],`,
      `    paramsSize: ${k.paramsSize},`,
      "    params: [",
      ...k.params.map(
        (m) =>
          `      { name: ${JSON.stringify(m.name)}, offset: ${m.offset}, type: "${m.type}", length: ${m.length} },`,
      ),
      "    ],",
      "    bindings: [",
      ...k.bindings.map(
        (b) =>
          `      { name: ${JSON.stringify(b.name)}, access: ${JSON.stringify(b.access)}, type: ${JSON.stringify(b.type)}, optional: ${b.optional} },`,
      ),
      "    ],",
      `    overrides: [${k.overrides.map((o) => `{ name: ${JSON.stringify(o.name)}, type: "${o.type}" }`).join(", ")}],`,
      `    source: ${JSON.stringify(k.source)},`,
      "  },",
    ]),
    "};",
    "",
  ];
  return lines.join("\n");
}

function main(): void {
  const files = readdirSync(KERNELS)
    .filter((file) => file.endsWith(".wgsl"))
    .sort();
  const text = render(
    files.map((file) => describeKernel(file, readFileSync(new URL(file, KERNELS), "utf8"))),
  );
  const current = (() => {
    try {
      return readFileSync(TARGET, "utf8");
    } catch {
      return "";
    }
  })();
  if (process.argv.includes("--check")) {
    if (current !== text) {
      console.error(
        "src/backend/kernels.generated.ts is stale: run `npm run generate` and commit the result",
      );
      process.exit(1);
    }
    console.log(`kernels.generated.ts is fresh (${files.length} kernels)`);
  } else if (current !== text) {
    writeFileSync(TARGET, text);
    console.log(`wrote kernels.generated.ts (${files.length} kernels)`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
