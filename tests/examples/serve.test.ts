/** The server of examples/serve.ts on a port of its own, with a model that can be held back and counted. */
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createApp } from "../../examples/serve/app.ts";
import { type Listening, listen } from "../../examples/serve/listen.ts";
import type { ServedModel } from "../../examples/serve/served_model.ts";
import { type Answered, type Limits, Service } from "../../examples/serve/service.ts";
import { type Device, ValueError } from "../../src/index.ts";

/** Three numbers that no other text has. */
function shares(text: string): Float32Array {
  let hash = 7;
  for (const character of text) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) >>> 0;
  const first = 0.1 + (hash % 9973) / 20_000;
  return Float32Array.of(first, (1 - first) * 0.75, (1 - first) * 0.25);
}

/** A model without weights: it reads any text but "illisible", and counts its passes. */
function fakeModel() {
  const batches: string[][] = [];
  let gate: Promise<void> | undefined;
  let fails: Error | undefined;
  const model: ServedModel<string> = {
    title: "Modèle d'essai",
    device: { description: "aucun appareil" } as Device,
    parameters: 3,
    classes: 3,
    examples: ["un", "deux"],
    label: (id) => ["rouge", "vert", "bleu"][id],
    encode(input) {
      if (input === "illisible") throw new ValueError("le modèle ne lit pas cela");
      return String(input);
    },
    async run(rows) {
      batches.push([...rows]);
      await gate;
      if (fails) throw fails;
      return rows.map(shares);
    },
    writing: {
      unit: "lettre",
      examples: ["a"],
      open(beginning) {
        if (beginning === "illisible") throw new ValueError("le modèle ne lit pas cela");
        let text = beginning;
        return {
          start: beginning,
          row: () => text,
          push(id) {
            if (text.length >= 30) return null;
            text += "rvb"[id];
            return "rvb"[id];
          },
        };
      },
    },
  };
  return {
    model,
    batches,
    /** Holds every pass until the function that it returns is called. */
    hold(): () => void {
      let release = (): void => {};
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    fail(error: Error | undefined): void {
      fails = error;
    },
  };
}

let running: Listening | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(limits: Partial<Limits> = {}) {
  const fake = fakeModel();
  const answered: Answered[] = [];
  const failures: unknown[] = [];
  const service = new Service({
    predict: fake.model,
    limits,
    onAnswered: (entry) => answered.push(entry),
  });
  const app = createApp(service, (error) => failures.push(error));
  const server = await listen((request) => app.fetch(request), 0, "127.0.0.1");
  running = server;
  const { address } = server;
  const post = (path: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
    fetch(`${address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
    });
  return { ...fake, service, server, address, answered, failures, post };
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What the model would answer to a text that nobody else asks with. */
function answerTo(text: string): { predicted_class: number; probability: number } {
  const row = shares(text);
  const best = row.indexOf(Math.max(...row));
  return { predicted_class: best, probability: Number(row[best].toFixed(6)) };
}

describe("answers", () => {
  it("the course's curl line", async () => {
    const { post } = await start();
    const response = await post("/predict", '{"text":"I love this product!"}');
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const body = await response.json();
    expect(body).toMatchObject(answerTo("I love this product!"));
    expect(body.label).toBe(["rouge", "vert", "bleu"][body.predicted_class]);
    const { probabilities } = body as { probabilities: { class: number; probability: number }[] };
    expect(probabilities.map(({ class: id }) => id).sort()).toEqual([0, 1, 2]);
    expect(probabilities.map(({ probability }) => probability)).toEqual(
      [...shares("I love this product!")].map((p) => Number(p.toFixed(6))).sort((a, b) => b - a),
    );
  });

  it("several texts, and numbers in place of a text", async () => {
    const { post } = await start();
    const several = await (await post("/predict", { texts: ["a", "b", "c"] })).json();
    expect(several.predictions).toMatchObject(["a", "b", "c"].map(answerTo));
    expect(await (await post("/predict", { input: [1, 2] })).json()).toMatchObject(answerTo("1,2"));
  });

  it("a text that is written: the same whole, as events and as lines", async () => {
    const { post } = await start();
    const asked = { text: "ab", max_tokens: 10, temperature: 1, seed: 5 };
    const whole = await (await post("/generate", asked)).json();
    expect(whole.text).toMatch(/^ab[rvb]{10}$/);
    expect(whole).toMatchObject({ tokens: 10, ended: false, seed: 5 });

    const events = await post("/generate", { ...asked, stream: true });
    expect(events.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const lines = (await events.text())
      .split("\n\n")
      .slice(0, -1)
      .map((event) => JSON.parse(event.slice("data: ".length)));
    expect(lines.at(-1)).toEqual({ done: true, ...whole });
    expect(`ab${lines.map(({ token }) => token ?? "").join("")}`).toBe(whole.text);

    const headers = { "content-type": "application/json", accept: "application/x-ndjson" };
    const ndjson = await post("/generate", { ...asked, stream: true }, { headers });
    const rows = (await ndjson.text()).trimEnd().split("\n");
    expect(rows.map((row) => JSON.parse(row))).toEqual(lines);
  });

  it("a text ends where the model ends it; temperature 0 and top_k 1 take the likeliest token", async () => {
    const { post } = await start();
    const ended = await (await post("/generate", { text: "a", max_tokens: 100, temperature: 0 })).json();
    expect(ended).toMatchObject({ tokens: 29, ended: true });
    for (let text = "a"; text.length < 30; text = ended.text.slice(0, text.length + 1))
      expect(ended.text[text.length]).toBe("rvb"[answerTo(text).predicted_class]);
    const first = await post("/generate", { text: "a", max_tokens: 100, temperature: 3, top_k: 1 });
    expect((await first.json()).text).toBe(ended.text);
  });

  it("health and a page that needs nothing from elsewhere", async () => {
    const { address, post } = await start();
    await post("/predict", { text: "a" });
    await post("/predict", "{");
    const health = await (await fetch(`${address}/health`)).json();
    expect(health).toMatchObject({
      status: "ok",
      in_flight: 1, // itself
      answered: { 200: 1, 400: 1 },
      predict: { title: "Modèle d'essai", device: "aucun appareil", parameters: 3, batches: { rows: 1 } },
      generate: { unit: "lettre" },
    });
    const page = await fetch(address);
    expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain("predict-form");
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(html).not.toMatch(/https?:\/\//);
  });
});

describe("requests that are refused", () => {
  const refused: [string, unknown, number, RegExp, RequestInit?][] = [
    ["no JSON", '{"text": }', 400, /pas du JSON/],
    ["half a JSON", '{"text": "a', 400, /pas du JSON/],
    ["an empty body", "", 400, /vide/],
    ["a list", "[1]", 422, /objet JSON est attendu.*une liste de 1/],
    ["null", "null", 422, /objet JSON est attendu.*null/],
    ["no field", "{}", 422, /il manque « text »/],
    ["a misspelt field", { txt: "a" }, 422, /« txt » ; vouliez-vous dire « text »/],
    ["a number for a text", { text: 3 }, 422, /« text » : une chaîne de caractères est attendue, et non 3/],
    ["a blank text", { text: " \n" }, 422, /« text » : un texte qui n'est pas vide/],
    ["two questions", { text: "a", texts: ["b"] }, 422, /un seul des champs/],
    ["a text that is none", { texts: ["a", null] }, 422, /« texts\.1 ».*null/],
    ["no texts", { texts: [] }, 422, /au moins un texte/],
    ["too many texts", { texts: new Array(65).fill("a") }, 422, /au plus 64/],
    ["numbers that are none", { input: [1, "2"] }, 422, /« input\.1 » : un nombre est attendu, et non "2"/],
    ["what the model cannot read", { text: "illisible" }, 422, /ne lit pas cela/],
    ["one text that the model cannot read", { texts: ["a", "illisible"] }, 422, /ne lit pas cela/],
    ["bytes that are no UTF-8", "", 400, /UTF-8/, { body: Uint8Array.of(0x7b, 0xff, 0x7d) }],
    ["a form", "text=a", 415, /application\/json est attendu/, { headers: { "content-type": "text/plain" } }],
    [
      "another encoding",
      "{}",
      415,
      /UTF-8/,
      { headers: { "content-type": "application/json; charset=latin1" } },
    ],
    [
      "a compressed body",
      "{}",
      415,
      /sans compression/,
      { headers: { "content-type": "application/json", "content-encoding": "gzip" } },
    ],
  ];
  it("each with a status and a reason in one line", async () => {
    const { post, batches } = await start();
    for (const [what, body, status, reason, init] of refused) {
      const response = await post("/predict", body, init);
      expect(response.status, what).toBe(status);
      const { error } = await response.json();
      expect(error, what).toMatch(reason);
      expect(error, what).not.toContain("\n");
    }
    expect(batches.flat()).toEqual([]);
  });

  it("questions for /generate", async () => {
    const { post, batches } = await start();
    const bad: [object, RegExp][] = [
      [{}, /il manque « text »/],
      [{ text: "a", max_tokens: 0 }, /« max_tokens » : un nombre entier de 1 à 1000/],
      [{ text: "a", max_tokens: 2.5 }, /« max_tokens ».*et non 2\.5/],
      [{ text: "a", max_tokens: 1e9 }, /« max_tokens »/],
      [{ text: "a", temperature: -1 }, /« temperature »/],
      [{ text: "a", seed: -1 }, /« seed »/],
      [{ text: "a", top_k: "3" }, /« top_k »/],
      [{ text: "a", stream: 1 }, /« stream » : true ou false/],
      [{ text: "a", maxTokens: 3 }, /champ inconnu « maxTokens » ; vouliez-vous dire « max_tokens »/],
      [{ text: "illisible", stream: true }, /ne lit pas cela/],
    ];
    for (const [body, reason] of bad) {
      const response = await post("/generate", body);
      expect(response.status, JSON.stringify(body)).toBe(422);
      expect((await response.json()).error).toMatch(reason);
    }
    expect(batches).toEqual([]);
  });

  it("unknown addresses and other methods", async () => {
    const { address, post } = await start();
    const unknown = await post("/predictions", { text: "a" });
    expect(unknown.status).toBe(404);
    expect((await unknown.json()).error).toMatch(/rien à \/predictions.*POST \/predict/);
    for (const [path, method, allow] of [
      ["/predict", "GET", "POST"],
      ["/predict", "PUT", "POST"],
      ["/generate", "DELETE", "POST"],
      ["/health", "POST", "GET, HEAD"],
    ]) {
      const response = await fetch(`${address}${path}`, { method });
      expect(response.status, `${method} ${path}`).toBe(405);
      expect(response.headers.get("allow")).toBe(allow);
      expect((await response.json()).error).toContain(allow);
    }
  });

  it("bodies that are too large, announced or not", async () => {
    const { post, address, service } = await start({ maxBytes: 1000 });
    const fits = { text: "é".repeat(490) };
    expect((await post("/predict", fits)).status).toBe(200);
    for (const size of [1000, 100_000, 3_000_000]) {
      const response = await post("/predict", { text: "a".repeat(size) });
      expect(response.status).toBe(413);
      expect((await response.json()).error).toBe("le corps dépasse 1000 octets");
    }
    const chunked = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const request = httpRequest(
        `${address}/predict`,
        {
          method: "POST",
          headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
        },
        (response) => {
          let body = "";
          response.on("data", (part) => (body += part));
          response.on("end", () => resolve({ status: response.statusCode!, body }));
        },
      );
      request.on("error", reject);
      for (let i = 0; i < 20; i++) request.write(`${" ".repeat(100)}`);
      request.end('{"text":"a"}');
    });
    expect(chunked.status).toBe(413);
    expect(service.inFlight).toBe(0);
  });

  it("a body that does not arrive", async () => {
    const { address, service } = await start({ bodyTimeout: 100 });
    const { port } = new URL(address);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), "127.0.0.1");
      let text = "";
      socket.on("data", (part) => {
        text += part;
        if (text.includes("error")) socket.destroy();
      });
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
      socket.write(
        'POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"te',
      );
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain("pas arrivé en 0.1 s");
    expect(service.inFlight).toBe(0);
  });

  it("a model that fails: 500, the reason stays in the terminal, and the next request is answered", async () => {
    const { post, fail, failures } = await start();
    fail(new Error("secret"));
    const response = await post("/predict", { text: "a" });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
    expect(failures.map(String)).toEqual(["Error: secret"]);
    fail(undefined);
    expect((await post("/predict", { text: "a" })).status).toBe(200);
  });

  it("a model that cannot write: 501", async () => {
    const { model } = fakeModel();
    const { writing, ...reader } = model;
    expect(writing).toBeDefined();
    const app = createApp(new Service({ predict: reader }));
    const response = await app.request("/generate", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"text":"a"}',
    });
    expect(response.status).toBe(501);
    expect((await response.json()).error).toMatch(/n'en écrit pas/);
  });
});

describe("many at once", () => {
  it("50 clients with different texts: everybody gets the own answer, and passes are shared", async () => {
    const { post, batches, answered } = await start({ maxBatch: 16 });
    const texts = Array.from({ length: 50 }, (_, i) => `texte numéro ${i}`);
    const client = async (text: string): Promise<void> => {
      for (let turn = 0; turn < 4; turn++) {
        const own = `${text}, fois ${turn}`;
        expect(await (await post("/predict", { text: own })).json()).toMatchObject(answerTo(own));
      }
    };
    await Promise.all(texts.map(client));
    // Nothing lost, nothing asked twice.
    expect(new Set(batches.flat()).size).toBe(200);
    expect(batches.flat()).toHaveLength(200);
    expect(batches.length).toBeLessThan(100);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(16);
    expect(answered.filter(({ status }) => status === 200)).toHaveLength(200);
  });

  it("what arrives during a pass waits for it together, up to the largest batch", async () => {
    const { post, hold, batches, service } = await start({ maxBatch: 4 });
    const release = hold();
    const first = post("/predict", { text: "zéro" });
    await expect.poll(() => batches.length).toBe(1);
    const others = ["un", "deux", "trois", "quatre", "cinq"].map((text) => post("/predict", { text }));
    await expect.poll(() => service.predict.batcher.stats.queued).toBe(5);
    release();
    for (const response of await Promise.all([first, ...others])) expect(response.status).toBe(200);
    expect(batches.map(({ length }) => length)).toEqual([1, 4, 1]);
  });

  it("texts that are written share passes with each other and with questions", async () => {
    const { post, batches } = await start();
    const written = ["a", "bb", "ccc"].map((text) => post("/generate", { text, max_tokens: 20, seed: 1 }));
    const asked = post("/predict", { text: "question" });
    for (const response of await Promise.all([...written, asked])) expect(response.status).toBe(200);
    expect(batches.flat()).toHaveLength(61);
    expect(batches.length).toBeLessThan(40);
  });

  it("more than can wait: 503 with a time to come back, and the others get their answers", async () => {
    const { post, hold, batches, service } = await start({ maxBatch: 2, maxQueue: 3 });
    const release = hold();
    const first = post("/predict", { text: "a" });
    await expect.poll(() => batches.length).toBe(1);
    const waiting = ["b", "c", "d"].map((text) => post("/predict", { text }));
    await expect.poll(() => service.predict.batcher.stats.queued).toBe(3);
    const refused = await post("/predict", { text: "e" });
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect((await refused.json()).error).toMatch(/trop de demandes/);
    release();
    for (const response of await Promise.all([first, ...waiting])) expect(response.status).toBe(200);
  });
});

describe("patience", () => {
  it("an answer that takes too long is a 504, and who waits behind it is never computed", async () => {
    const { post, hold, batches, service } = await start({ predictTimeout: 150 });
    const release = hold();
    const both = await Promise.all([
      post("/predict", { text: "a" }),
      sleep(30).then(() => post("/predict", { text: "b" })),
    ]);
    for (const response of both) {
      expect(response.status).toBe(504);
      expect((await response.json()).error).toBe("pas de réponse complète en 0.15 s");
    }
    release();
    await sleep(20);
    expect(batches).toEqual([["a"]]);
    expect(service.inFlight).toBe(0);
  });

  it("a text that takes too long ends with the reason", async () => {
    const { post, hold } = await start({ generateTimeout: 100 });
    hold();
    const response = await post("/generate", { text: "a", stream: true });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('data: {"error":"pas de réponse complète en 0.1 s","status":504}\n\n');
    expect((await post("/generate", { text: "a" })).status).toBe(504);
  });

  it("a client that leaves in the middle of a text: nothing is written any more", async () => {
    const { post, batches, service, answered } = await start({ linger: 10 });
    const controller = new AbortController();
    const asked = { text: "a", max_tokens: 1000, stream: true };
    const response = await post("/generate", asked, { signal: controller.signal });
    const reader = response.body!.getReader();
    await reader.read();
    expect(service.inFlight).toBe(1);
    controller.abort();
    await expect.poll(() => service.inFlight).toBe(0);
    expect(answered.at(-1)).toMatchObject({ path: "/generate", status: 499 });
    await sleep(50); // a pass that had begun
    const passes = batches.length;
    expect(passes).toBeLessThan(30);
    await sleep(100);
    expect(batches).toHaveLength(passes);
  });

  it("a client that leaves the queue takes its place in a pass along", async () => {
    const { post, hold, batches, service } = await start();
    const release = hold();
    const first = post("/predict", { text: "a" });
    await expect.poll(() => batches.length).toBe(1);
    const controller = new AbortController();
    const left = post("/predict", { text: "b" }, { signal: controller.signal }).catch((error) => error.name);
    await expect.poll(() => service.predict.batcher.stats.queued).toBe(1);
    controller.abort();
    expect(await left).toBe("AbortError");
    await expect.poll(() => service.predict.batcher.stats.queued).toBe(0);
    release();
    expect((await first).status).toBe(200);
    expect(batches).toEqual([["a"]]);
  });
});

describe("the way down", () => {
  it("answers those who wait, refuses the others, and gives the port back", async () => {
    const { post, hold, batches, service, server, address } = await start();
    const release = hold();
    const waiting = post("/predict", { text: "a" });
    const writing = post("/generate", { text: "b", max_tokens: 5, stream: true });
    await expect.poll(() => batches.flat().length + service.predict.batcher.stats.queued).toBe(2);

    const stopped = service.stop(5000);
    // A connection that is open already is told so.
    const late = await post("/predict", { text: "c" });
    expect(late.status).toBe(503);
    expect((await late.json()).error).toBe("le serveur s'arrête");
    server.refuse();
    await expect(fetch(`${address}/health`)).rejects.toThrow();

    release();
    expect(await stopped).toBe(0);
    expect(await (await waiting).json()).toMatchObject(answerTo("a"));
    expect(await (await writing).text()).toContain('"done":true');
    await server.close();
    const again = await listen(() => new Response("libre"), Number(new URL(address).port), "127.0.0.1");
    expect(await (await fetch(again.address)).text()).toBe("libre");
    await again.close();
  });

  it("does not wait for ever", async () => {
    const { post, hold, batches, service } = await start();
    hold();
    const waiting = post("/predict", { text: "a" });
    await expect.poll(() => batches.length).toBe(1);
    expect(await service.stop(50)).toBe(1);
    const response = await waiting;
    expect(response.status).toBe(503);
    expect((await response.json()).error).toBe("le serveur s'arrête");
  });

  it("a port that is taken", async () => {
    const { address } = await start();
    const port = Number(new URL(address).port);
    await expect(listen(() => new Response(), port, "127.0.0.1")).rejects.toThrow(
      new RegExp(`port ${port} .* déjà pris.*--port ${port + 1}`),
    );
  });
});
