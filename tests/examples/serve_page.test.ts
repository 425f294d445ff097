/** The page of examples/serve.ts in Chromium: both forms, the lines to copy, and nothing that the browser complains of. */
import process from "node:process";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createApp } from "../../examples/serve/app.ts";
import { type Listening, listen } from "../../examples/serve/listen.ts";
import type { ServedModel } from "../../examples/serve/served_model.ts";
import { Service } from "../../examples/serve/service.ts";
import { ensureChromium } from "../../scripts/swiftshader.ts";
import { type Device, ValueError } from "../../src/index.ts";

/** Says "long" for texts of more than ten characters; writes the alphabet. */
const model: ServedModel<string> = {
  title: "Modèle <d'essai> & co",
  device: { description: "aucun appareil" } as Device,
  parameters: 1234,
  classes: 2,
  examples: ["court", "un texte <b>long</b>", "l'apostrophe"],
  label: (id) => ["court", "long"][id],
  encode(input) {
    if (input === "illisible") throw new ValueError("le modèle ne lit pas cela");
    return String(input);
  },
  run: async (rows) =>
    rows.map((text) => (text.length > 10 ? Float32Array.of(0.25, 0.75) : Float32Array.of(0.9, 0.1))),
  writing: {
    unit: "lettre",
    examples: ["a", "bc"],
    open(beginning) {
      let count = 0;
      return {
        start: beginning,
        row: () => beginning,
        push: () => "abcdefghijklmnopqrstuvwxyz"[count++ % 26],
      };
    },
  },
};
const reader: ServedModel = { ...model, writing: undefined };

let browser: Browser;
let server: Listening | undefined;
let page: Page;
let complaints: string[] = [];

beforeAll(async () => {
  const { executable, environment, args } = await ensureChromium();
  const env = { ...process.env, ...environment } as Record<string, string>;
  browser = await chromium.launch({ executablePath: executable, args, env });
});
afterAll(() => browser?.close());
afterEach(async () => {
  await page?.close();
  await server?.close();
});

async function open(served: ServedModel): Promise<string> {
  const app = createApp(new Service({ predict: served, limits: { linger: 0 } }));
  server = await listen((request) => app.fetch(request), 0, "127.0.0.1");
  page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
  page.setDefaultTimeout(10_000);
  complaints = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    // The browser notes every answer of 4xx, too.
    if (message.type() !== "log" && !/status of 422/.test(message.text())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!/^(data:|http:\/\/127\.0\.0\.1:)/.test(request.url())) complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(server.address);
  await page.getByText("en marche").waitFor();
  return server.address;
}

const text = (id: string): Promise<string> => page.locator(`#${id}`).innerText();

it("classifies, and shows the line that does the same", async () => {
  const address = await open(model);
  expect(await text("predict-about")).toBe("Modèle <d'essai> & co, 1\u202f234 paramètres.");
  await page.click("#predict-form .go");
  await expect.poll(() => text("predict-verdict")).toBe("court");
  expect((await text("predict-bars")).split(/\n+/)).toEqual(["court", "90,0\u202f%", "long", "10,0\u202f%"]);
  await page.getByRole("button", { name: "un texte <b>long</b>" }).click();
  await expect.poll(() => text("predict-verdict")).toBe("long");
  expect(await text("predict-facts")).toMatch(/^Classe 1, en \d+\u202fms\.$/);

  await page.getByRole("button", { name: "l'apostrophe" }).click();
  expect(await text("curl-predict")).toBe(
    `curl -X POST ${address}/predict -H "Content-Type: application/json" -d '{"text":"l'\\''apostrophe"}'`,
  );
  await page.fill("#predict-text", "illisible");
  await page.click("#predict-form .go");
  await expect.poll(() => text("predict-error")).toBe("le modèle ne lit pas cela (422)");
  expect(await page.isVisible("#predict-answer")).toBe(false);
  expect(complaints).toEqual([]);
});

it("writes a text as it comes, and says what was wrong with a question", async () => {
  await open(model);
  await page.fill("#tokens", "30");
  await page.click("#write");
  await expect.poll(() => text("written")).toBe("aabcdefghijklmnopqrstuvwxyzabcd");
  await expect.poll(() => text("generate-facts")).toMatch(/^30 jetons, [\d\s]+ par seconde\.$/);
  expect(await text("curl-generate")).toContain(
    '{"text":"a","max_tokens":30,"temperature":0.5,"stream":true}',
  );
  await page.fill("#tokens", "0");
  await page.click("#write");
  await expect.poll(() => text("generate-error")).toMatch(/« max_tokens ».*et non 0 \(422\)/);
  expect(complaints).toEqual([]);
});

it("a text that is stopped, a telephone, and a model that does not write", async () => {
  await open(model);
  await page.fill("#tokens", "1000");
  await page.click("#write");
  await expect.poll(() => text("write")).toBe("Arrêter");
  await page.click("#write");
  await expect.poll(() => text("write")).toBe("Écrire la suite");
  expect((await text("written")).length).toBeLessThan(1001);
  expect(await page.isVisible("#generate-error")).toBe(false);
  await page.setViewportSize({ width: 360, height: 700 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await page.close();
  await server?.close();
  await open(reader);
  expect(await page.isVisible("#generate")).toBe(false);
  expect(complaints).toEqual([]);
});
