/** The lab in Chromium: what a visitor does with each notebook, from opening it to a saved and loaded model. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { COMEDIE } from "../../examples/data/comedie.ts";
import { servePage } from "../../examples/web/serve.ts";
import { ensureChromium } from "../../scripts/swiftshader.ts";

/** The longest that any single thing on the page may take. */
const timeout = 16_000;
/** A model that trains some hundreds of steps a second, on some pages of the comedy. */
const TINY = "window=12&stride=8&batch-size=8&embedding=8&units=16&dropout=0.1&lr=0.01";
const PAGES = COMEDIE.slice(0, 4000);

let browser: Browser;
let server: Server;
let address = "";
let page: Page;
let complaints: string[] = [];

beforeAll(async () => {
  const { executable, environment, args } = await ensureChromium();
  const env = { ...process.env, ...environment } as Record<string, string>;
  [browser, { server, address }] = await Promise.all([
    chromium.launch({ executablePath: executable, args, env }),
    servePage(0),
  ]);
  // Bundled here, not in the time of the first test.
  await fetch(address);
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
});
afterEach(async () => {
  await page?.close();
});

const text = (id: string): Promise<string> => page.locator(`#${id}`).textContent().then(String);
const value = async (id: string): Promise<number> => Number.parseFloat((await text(id)).replace(",", "."));
/** Steps done and steps in all. */
const steps = async (): Promise<number[]> =>
  (await text("figure-step")).split("/").map((count) => Number(count.replace(/\s/g, "")));
const status = (wanted: RegExp): Promise<void> => waitFor("status", wanted);

async function waitFor(id: string, wanted: RegExp): Promise<void> {
  await expect.poll(() => text(id), { timeout, interval: 20 }).toMatch(wanted);
}

/** Opens the page with these settings, and some text of its own in place of the sample. */
async function open(hash: string, own?: string): Promise<void> {
  complaints = [];
  page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  page.setDefaultTimeout(timeout);
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  await page.goto(`${address}#${hash}`);
  await status(/prêt/);
  if (own === undefined) return;
  await page.check('input[value="own"]');
  await page.fill("#own-text", own);
}

/** The bytes of what a click downloads, and their name. */
async function downloaded(selector: string): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

async function save(): Promise<Buffer> {
  const { name, bytes } = await downloaded("#save");
  expect(name).toMatch(/^\w+-pas-\d+\.safetensors$/);
  return bytes;
}

async function load(buffer: Buffer): Promise<void> {
  const file = { name: "m.safetensors", mimeType: "application/octet-stream", buffer };
  await page.setInputFiles("#checkpoint", file);
}

describe("Molière in the lab", () => {
  it("trains, pauses, saves, writes, and a loaded model ends with the same loss", async () => {
    await open(`${TINY}&epochs=6&device=cpu`, PAGES);
    await waitFor("device-line", /CPU/);
    expect(await page.locator("#ask-prompt-button").isDisabled()).toBe(true);
    await page.click("#train");
    await status(/époque 1/);
    const first = await value("figure-loss");

    await page.click("#pause");
    await status(/en pause/);
    const [step, all] = await steps();
    expect(step).toBeLessThan(all);
    await page.waitForTimeout(150);
    expect((await steps())[0]).toBe(step);
    const file = await save();

    await page.fill("#ask-prompt-length", "20000");
    await page.click("#ask-prompt-button");
    const written = async (): Promise<number> => (await text("ask-prompt-answer")).length;
    await expect.poll(written, { timeout, interval: 5 }).toBeGreaterThan(20);
    const some = await written();
    expect(await text("ask-prompt-answer")).toMatch(/^Quand l'Amour/);
    await expect.poll(written, { timeout, interval: 5 }).toBeGreaterThan(some);
    await page.click("#ask-prompt-button");
    await waitFor("ask-prompt-button", /^Générer$/);
    expect(await written()).toBeLessThan(20_000);

    await page.click("#resume");
    await status(/terminé/);
    const last = await text("figure-loss");
    expect(await value("figure-loss")).toBeLessThan(first - 0.3);
    expect(await page.locator("#loss-chart svg path").count()).toBeGreaterThan(2);
    expect(await page.locator("#accuracy-chart svg path").count()).toBeGreaterThan(2);
    const sample = page.locator("#samples p").first();
    await sample.waitFor();
    expect(await sample.textContent()).toMatch(/^Quand l'Amour[\s\S]{20}/);

    await load(file);
    await status(/en pause/);
    expect(await steps()).toEqual([step, all]);
    await page.click("#resume");
    await status(/terminé/);
    expect(await text("figure-loss")).toBe(last);
    expect(complaints).toEqual([]);
  });

  it("trains and writes on WebGPU", async () => {
    // Stopped, not awaited: the texts of the end take SwiftShader long.
    await open(`${TINY}&epochs=99&device=webgpu&prompt.length=8&prompt.sampling=window`, PAGES);
    await page.click("#train");
    await waitFor("figure-loss", /\d/);
    await page.click("#stop");
    await status(/arrêté/);
    expect(await text("device-line")).toMatch(/WebGPU/);
    expect(await value("figure-loss")).toBeLessThan(4.5);
    await page.click("#ask-prompt-button");
    await expect.poll(async () => (await text("ask-prompt-answer")).length, { timeout }).toBeGreaterThan(20);
    await waitFor("ask-prompt-button", /^Générer$/);
    expect(complaints).toEqual([]);
  });

  it("says in French what is wrong, and goes on", async () => {
    await open(`${TINY}&epochs=1&device=cpu`, "Trop court.");
    await page.click("#train");
    await waitFor("error", /trop court[\s\S]*fenêtre plus petite/);
    await page.setInputFiles("#file", {
      name: "latin1.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("th\xe9\xe2tre", "latin1"),
    });
    await waitFor("error", /latin1\.txt.*UTF-8.*0xE9/);
    await load(Buffer.from("rien"));
    await waitFor("error", /pas un point de reprise/);
    await page.fill("#own-text", PAGES);
    await page.fill("#set-learningRate", "1e38");
    await page.click("#train");
    await waitFor("error", /NaN au pas \d+[\s\S]*pas d’apprentissage plus petit/);
    await status(/prêt/);
    await page.fill("#set-learningRate", "0.01");
    await page.fill("#ask-prompt", "Ω");
    await page.click("#train");
    await status(/terminé/);
    expect(await page.locator("#error").isVisible()).toBe(false);
    await page.click("#ask-prompt-button");
    await waitFor("error", /«\sΩ\s»/);
    expect(complaints).toEqual([]);
  });

  it("carries its settings in the address and fits a telephone", async () => {
    await open("units=48&lr=0.002&device=cpu&prompt.temperature=1.1&epochs=nonsense&layers=99");
    await page.setViewportSize({ width: 400, height: 800 });
    await waitFor("device-line", /CPU, en TypeScript, choisi/);
    await page.selectOption("#device", "auto");
    // On a machine with a GPU and CHROME_PATH it is the first of these.
    await waitFor("device-line", /choisi parce (qu’une carte graphique|que seul SwiftShader|qu’un pilote)/);
    await page.selectOption("#device", "cpu");
    expect(await page.inputValue("#set-units")).toBe("48");
    expect(await page.inputValue("#set-layers")).toBe("1");
    expect(await text("ask-prompt-temperature-value")).toBe("1,10");
    await page.fill("#set-embedding", "24");
    await page.press("#set-embedding", "Tab");
    expect(new URL(page.url()).hash).toBe(
      "#embedding=24&units=48&lr=0.002&device=cpu&prompt.temperature=1.1",
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
    expect(complaints).toEqual([]);
  });
});

/** What a visitor asks a notebook, what it answers, and what it shows: figures, tables at least, curves by epoch. */
const NOTEBOOKS = [
  {
    id: "mots",
    question: "continuer",
    answer: /^Nous marcherons sur la plage jusqu’au coucher du [\p{L}’'-]+$/u,
    figures: 4,
    tables: 1,
    epochs: 1,
    setting: "units",
  },
  {
    id: "imdb",
    question: "phrases",
    answer: /^(POSITIF|NÉGATIF), sûr à \d+,\d\s%\./,
    figures: 8,
    tables: 5,
    epochs: 1,
    setting: "units",
  },
  {
    id: "parite",
    question: "suite",
    answer: /^Le modèle répond [01] \((im)?paire\), sûr à \d+,\d\s%\.$/,
    figures: 3,
    tables: 2,
    epochs: 0,
    setting: "forgetBias",
  },
  {
    id: "moliere",
    question: "prompt",
    answer: /^Quand l'Amour[\s\S]{20}/,
    figures: 2,
    tables: 2,
    epochs: 0,
    setting: "units",
  },
  {
    id: "translation",
    question: "nombre",
    answer: /\(\d+,\d\d\s%\)\s: (juste|faux, c[’']est mille neuf cent quatre-vingt-quatre)\.$/,
    figures: 6,
    tables: 5,
    epochs: 0,
    setting: "width",
  },
] as const;

describe("every notebook", () => {
  it.each(NOTEBOOKS)("$id: rapide, from its settings to a loaded model", async (notebook) => {
    const { id, question, answer, figures, tables, epochs, setting } = notebook;
    await open(`notebook=${id}`);
    await page.selectOption("#preset", "rapide");
    await page.selectOption("#device", "cpu");
    await waitFor("device-line", /CPU/);
    const usual = await page.inputValue(`#set-${setting}`);

    await page.click("#train");
    await status(/terminé/);
    const ended = await text("figure-step");
    expect(await page.locator("#loss-chart svg path").count()).toBeGreaterThan(2);
    expect(await page.locator("#loss-epochs-chart svg").count()).toBe(epochs);
    expect(await page.locator("#samples p").count()).toBeGreaterThan(0);
    await page.click(`#ask-${question}-button`);
    await waitFor(`ask-${question}-answer`, answer);
    await expect.poll(() => page.locator("#results .picture svg").count(), { timeout }).toBe(figures);
    expect(await page.locator("#results table").count()).toBeGreaterThanOrEqual(tables);
    const picture = await downloaded("#results .drawn button >> nth=0");
    expect(picture.name).toMatch(/^(perte|exactitude).*\.svg$/);
    expect(String(picture.bytes)).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
    const file = await save();
    const said = await text(`ask-${question}-answer`);

    // The address alone brings back everything but the model, and the file brings back that.
    await page.reload();
    await status(/prêt/);
    expect(await page.inputValue("#preset")).toBe("rapide");
    expect(await page.inputValue("#device")).toBe("cpu");
    expect(await page.inputValue(`#set-${setting}`)).toBe(usual);
    await load(file);
    await status(/terminé/);
    expect(await text("figure-step")).toBe(ended);
    await page.click(`#ask-${question}-button`);
    await expect.poll(() => text(`ask-${question}-answer`), { timeout }).toBe(said);
    expect(await page.locator(":is(#loss-chart, #loss-epochs-chart) svg").count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it("is picked by its tab; refuses a wrong question and a file of another notebook", async () => {
    await open("device=cpu");
    await page.click('#tabs a[href="#notebook=parite"]');
    await waitFor("title", /parité/);
    await status(/prêt/);
    expect(new URL(page.url()).hash).toBe("#notebook=parite");
    await page.goto(
      `${address}#notebook=parite&device=cpu&steps=3&batch-size=8&units=8&embedding=8&suite=1+99+3`,
    );
    await expect.poll(() => page.inputValue("#set-steps"), { timeout }).toBe("3");
    await page.click("#train");
    await status(/terminé/);
    await page.click("#ask-suite-button");
    await waitFor("error", /«\s99\s»[\s\S]*de 0 à 49/);
    await page.setViewportSize({ width: 400, height: 800 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), { timeout }).toBe(400);
    const file = await save();
    await open("device=cpu");
    await load(file);
    await waitFor("error", /autre carnet/);
    expect(complaints).toEqual([]);
  });
});

it("npm run web -- --build writes a folder whose files find each other anywhere", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "wgrad-web-"));
  try {
    const args = ["--import", "tsx", "examples/web/serve.ts", "--build", folder];
    await promisify(execFile)(process.execPath, args, { timeout });
    const files = readdirSync(folder).filter((name) => !/^part-\w+\.js$/.test(name));
    expect(files.sort()).toEqual(["index.html", "page.js", "style.css", "worker.js"]);
    const html = readFileSync(path.join(folder, "index.html"), "utf8");
    for (const [, target] of html.matchAll(/(?:src|href)="([^"]*)"/g))
      expect(target).toMatch(/^(\w+\.\w+|data:.*)$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
