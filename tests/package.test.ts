/** The package as npm would publish it: its contents, and that it runs alone in Node and Deno. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { denoExecutable } from "../scripts/adapters.ts";

const root = new URL("../", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "wgrad-package-"));
let files: string[];

const PROGRAM = `
import { linear, matmul, openDevice, sum, tensor } from "wgrad";
import { layers, sequential } from "wgrad/keras";
const device = await openDevice("cpu");
const x = tensor([[1, 2], [3, 4]], { device, requiresGrad: true });
const y = sum(matmul(x, x));
y.backward();
console.log(await y.item(), [...(await x.grad.data())].join(" "), typeof linear);
const model = sequential([layers.dense({ units: 2, inputShape: [3] })], { device });
console.log(model.countParams());
device.dispose();
`;

beforeAll(() => {
  const npm = (...args: string[]): string =>
    execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const printed = npm("pack", "--json", "--pack-destination", folder);
  // What the build printed comes before the JSON. Older npm versions give a list, newer ones an object by name.
  const answer = JSON.parse(printed.slice(printed.search(/^[[{]/m)));
  const packed = Array.isArray(answer) ? answer[0] : answer.filename ? answer : Object.values(answer)[0];
  files = packed.files.map((file: { path: string }) => file.path);
  const target = join(folder, "node_modules", "wgrad");
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, packed.filename), "-C", target, "--strip-components", "1"]);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "program.js"), PROGRAM);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe("the packed package", () => {
  it("holds the build, its types, the kernels and the papers, and nothing else", () => {
    const others = files.filter((path) => !/^(dist\/.*\.(js|d\.ts)|kernels\/\w+\.wgsl)$/.test(path)).sort();
    expect(others).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "kernels/README.md", "package.json"]);
    expect(files).toContain("dist/index.js");
    expect(files).toContain("dist/index.d.ts");
    expect(files).toContain("dist/keras/index.d.ts");
    expect(files).toContain("kernels/lstm_cell.wgsl");
  });

  it("depends on nothing, with webgpu as an optional peer, and runs no script when installed", () => {
    const manifest = JSON.parse(readFileSync(join(folder, "node_modules/wgrad/package.json"), "utf8"));
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(manifest.peerDependenciesMeta.webgpu.optional).toBe(true);
    for (const script of ["preinstall", "install", "postinstall", "prepare"])
      expect(manifest.scripts).not.toHaveProperty(script);
  });

  // [[1, 2], [3, 4]]² sums to 54; its gradient is the row sums plus the column sums.
  const expected = "54 7 11 9 13 function\n8\n"; // and a dense layer of 3 inputs and 2 units has 8 parameters

  it("runs in Node", () => {
    const printed = execFileSync(process.execPath, ["program.js"], { cwd: folder, encoding: "utf8" });
    expect(printed).toBe(expected);
  });

  it("runs in Deno", () => {
    const args = ["run", "-A", "--node-modules-dir=manual", "program.js"];
    const env = { ...process.env, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
    const printed = execFileSync(denoExecutable(), args, {
      cwd: folder,
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(printed).toBe(expected);
  });
});
