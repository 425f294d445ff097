import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { describeKernel, render } from "../../kernels/generate.ts";
import { type Backend, whole } from "../../src/backend/backend.ts";
import { TWINS } from "../../src/backend/cpu/twins.ts";
import type { DISPATCH } from "../../src/backend/webgpu/dispatch.ts";

const UNIFORM = "@group(0) @binding(0) var<uniform> params: Params;";
const SIZE = "@workgroup_size(64, 1, 1)";

/** A kernel that does nothing, with more declarations. */
function kernel(more = ""): string {
  return [
    "struct Params { count: u32, scale: f32, shape: vec4<u32>, }",
    UNIFORM,
    "@group(0) @binding(1) var<storage, read_write> out: array<f32>;",
    more,
    `@compute ${SIZE}`,
    "fn nothing(@builtin(global_invocation_id) id: vec3<u32>) { out[id.x] = params.scale; }",
  ].join("\n");
}

function storage(binding: number, type: string, comment = ""): string {
  return `@group(0) @binding(${binding}) var<storage, read> b${binding}: ${type};${comment}`;
}

describe("describeKernel", () => {
  it("gives params with offsets, bindings with access, and overrides", () => {
    const source = kernel(
      [
        "override smallest: bool = false;",
        storage(2, "array<u32>", "  // optional, words"),
        storage(3, "array<atomic<u32>>"),
        storage(4, "array<vec4<f32>>"),
      ].join("\n"),
    );
    expect(describeKernel("nothing.wgsl", source)).toEqual({
      name: "nothing",
      source,
      workgroup: [64, 1, 1],
      paramsSize: 32,
      params: [
        { name: "count", offset: 0, type: "u32", length: 1 },
        { name: "scale", offset: 4, type: "f32", length: 1 },
        { name: "shape", offset: 16, type: "u32", length: 4 },
      ],
      bindings: [
        { name: "out", binding: 1, access: "read_write", type: "f32", optional: false },
        { name: "b2", binding: 2, access: "read", type: "words", optional: true },
        { name: "b3", binding: 3, access: "read", type: "u32", optional: false },
        { name: "b4", binding: 4, access: "read", type: "f32", optional: false },
      ],
      overrides: [{ name: "smallest", type: "bool" }],
    });
  });

  const nine = [2, 3, 4, 5, 6, 7, 8, 9].map((n) => storage(n, "array<f32>")).join("\n");
  const refusals: [what: string, source: string, message: string][] = [
    ["no entry point", kernel().replace("@compute", ""), "expected one entry point called nothing, got "],
    [
      "two entry points",
      kernel(`@compute ${SIZE} fn other() {}`),
      "expected one entry point called nothing, got other, nothing",
    ],
    ["another name than the file's", kernel().replace("fn nothing", "fn none"), "called nothing, got none"],
    ["a workgroup size of one value", kernel().replace(SIZE, "@workgroup_size(64)"), "three literal values"],
    ["a workgroup size that is a name", kernel().replace("64, 1", "N, 1"), "three literal values"],
    ["no uniform", kernel().replace(UNIFORM, ""), "expected one uniform"],
    ["a uniform of another name", kernel().replace("> params:", "> settings:"), "expected one uniform"],
    [
      "a matrix among the params",
      kernel().replace("count: u32", "count: mat4x4<f32>"),
      "param count is mat4x4",
    ],
    ["nine storage buffers", kernel(nine), "9 storage buffers; WebGPU's default limit is 8"],
    ["a gap in the bindings", kernel(storage(3, "array<f32>")), "b3 is @binding(3), expected 2"],
    [
      "another group",
      kernel(storage(2, "array<f32>").replace("group(0)", "group(1)")),
      "b2 is in @group(1), expected 0",
    ],
    [
      "an element type that no buffer has",
      kernel(storage(2, "array<vec2<f32>>")),
      "b2 is array<vec2>; use f32",
    ],
    [
      "words that are not u32",
      kernel(storage(2, "array<f32>", " // words")),
      "b2 holds words, so its type must be array<u32>",
    ],
    ["an override without a type", kernel("override a = true;"), "override a needs a type"],
    ["a syntax error", kernel("fn f() { let a = 1u }"), "Line: 4"],
  ];
  for (const [what, source, message] of refusals)
    it(`refuses ${what}, naming the file`, () => {
      const describing = () => describeKernel("nothing.wgsl", source);
      expect(describing).toThrow(message);
      expect(describing).toThrow(/^kernels\/nothing\.wgsl: /);
    });
});

describe("kernels.generated.ts", () => {
  const folder = new URL("../../kernels/", import.meta.url);
  const committed = readFileSync(new URL("../../src/backend/kernels.generated.ts", import.meta.url), "utf8");
  const kernels = readdirSync(folder)
    .filter((file) => file.endsWith(".wgsl"))
    .sort()
    .map((file) => describeKernel(file, readFileSync(new URL(file, folder), "utf8")));

  it("is fresh", () => expect(render(kernels)).toBe(committed));

  it("is checked by npm run generate -- --check", () => {
    const script = fileURLToPath(new URL("generate.ts", folder));
    const output = execFileSync(process.execPath, ["--import", "tsx", script, "--check"], {
      encoding: "utf8",
    });
    expect(output).toBe(`kernels.generated.ts is fresh (${kernels.length} kernels)\n`);
  });

  it("would change with any kernel", () => {
    const [first, ...others] = kernels;
    expect(render([{ ...first, source: `${first.source}\n` }, ...others])).not.toBe(committed);
    expect(render(others)).not.toBe(committed);
  });
});

/** Never called: `tsc` reads it, and fails where a line below an @ts-expect-error would compile. */
function doesNotCompile(backend: Backend, dispatch: typeof DISPATCH): void {
  const out = whole(backend.alloc("f32", 4));
  const { fill: _twin, ...twins } = TWINS;
  const { fill: _line, ...lines } = dispatch;
  // @ts-expect-error: a kernel without a CPU twin
  const someTwins: typeof TWINS = twins;
  // @ts-expect-error: a kernel without a line in dispatch.ts
  const someLines: typeof DISPATCH = lines;
  // @ts-expect-error: an unknown kernel
  backend.run("fil", { count: 4, offset: 0, value: 1 }, { out });
  // @ts-expect-error: a missing param
  backend.run("fill", { count: 4, offset: 0 }, { out });
  // @ts-expect-error: a param that the kernel does not have
  backend.run("fill", { count: 4, offset: 0, value: 1, step: 2 }, { out });
  // @ts-expect-error: a missing buffer
  backend.run("fill", { count: 4, offset: 0, value: 1 }, {});
  // @ts-expect-error: a buffer that the kernel does not have
  backend.run("fill", { count: 4, offset: 0, value: 1 }, { out, x: out });
  // @ts-expect-error: a list for a single number
  backend.run("fill", { count: [4], offset: 0, value: 1 }, { out });
  backend.run("fill", { count: 4, offset: 0, value: 1 }, { out });
  void [someTwins, someLines];
}
void doesNotCompile;
