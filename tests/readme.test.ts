import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");
const folder = mkdtempSync(join(tmpdir(), "wgrad-readme-"));

afterAll(() => rmSync(folder, { recursive: true }));

/** The first fenced block of a language after a text, which is looked for behind another. */
function block(text: string, language: string, behind = ""): string {
  const after = readme.slice(readme.indexOf(text, readme.indexOf(behind)));
  const match = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(after);
  if (!match) throw new Error(`README.md has no \`\`\`${language} block after "${text}"`);
  return match[1];
}

const address = (file: string): string => JSON.stringify(pathToFileURL(join(root.pathname, file)).href);

for (const heading of ["## Fifteen lines", "## Two doors", "## A Transformer"])
  it(`the program under "${heading}" prints what the README says`, () => {
    const source = block(heading, "ts")
      .replace('"wgrad"', address("src/index.ts"))
      .replace('"wgrad/keras"', address("src/keras/index.ts"))
      // The digits are the CPU's; a GPU's differ in the last one.
      .replace('useDevice("auto")', 'useDevice("cpu")');
    const file = join(folder, "program.mts");
    writeFileSync(file, source);
    const output = execFileSync(process.execPath, ["--import", "tsx", file], { cwd: root, encoding: "utf8" });
    expect(output).toBe(block("prints\n", "", heading));
  });

it("the README names only files that exist and npm scripts that are defined", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  const linked = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((m) => m[1]);
  expect(linked.length).toBeGreaterThan(8);
  for (const path of linked) expect(() => readFileSync(new URL(path, root)), path).not.toThrow();
  for (const [, name] of readme.matchAll(/npm run (\w+)/g)) expect(scripts, name).toHaveProperty(name);
});
