/** The chat client against a server of our own: answers, refusals, delays, nonsense, and no network. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MistralClient, MistralError, type MistralOptions } from "../../examples/imdb/mistral.ts";

type Answer = { status?: number; headers?: Record<string, string>; body?: string; silent?: "all" | "body" };

const message = (content: unknown): string => JSON.stringify({ choices: [{ message: { content } }] });
const verdict = (sentiment: string, confidence: unknown): Answer => ({
  body: message(JSON.stringify({ sentiment, confidence })),
});

let server: Server;
let baseUrl = "";
/** One answer per request; the last one stays. */
let answers: Answer[] = [];
let requests: { url?: string; authorization?: string; body: Record<string, unknown>; at: number }[] = [];

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

beforeEach(async () => {
  [answers, requests] = [[], []];
  server = createServer(async (request, response) => {
    const { authorization } = request.headers;
    requests.push({
      url: request.url,
      authorization,
      body: JSON.parse(await textOf(request)),
      at: performance.now(),
    });
    const {
      status = 200,
      headers = {},
      body = "",
      silent,
    } = answers[requests.length - 1] ?? answers[answers.length - 1];
    if (silent === "all") return;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    if (silent === "body") response.write("{");
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const client = (options: Partial<MistralOptions> = {}) =>
  new MistralClient({ apiKey: "secret-key", baseUrl, timeoutSeconds: 5, ...options });

describe("MistralClient", () => {
  it("asks for one sentence and gives its verdict", async () => {
    answers = [verdict("Positive", 0.93)];
    expect(await client({ baseUrl: `${baseUrl}/`, model: "tiny" }).classify("A joy.")).toEqual({
      sentiment: "positive",
      confidence: 0.93,
    });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      url: "/v1/chat/completions",
      authorization: "Bearer secret-key",
      body: { model: "tiny", temperature: 0, response_format: { type: "json_object" } },
    });
    const { messages } = requests[0].body as { messages: { role: string; content: string }[] };
    expect(messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(messages[1].content).toBe("A joy.");
  });

  it("reads JSON in a code block", async () => {
    answers = [{ body: message('```json\n{"sentiment": "neutral", "confidence": 1}\n```') }];
    expect(await client().classify("Hm.")).toEqual({ sentiment: "neutral", confidence: 1 });
  });

  it("says that the key is refused, once, without showing it", async () => {
    answers = [{ status: 401, body: JSON.stringify({ message: "Unauthorized" }) }];
    const refused = await client()
      .classify("x")
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MistralError);
    expect(refused).toMatchObject({ status: 401 });
    expect((refused as Error).message).toBe(
      `mistral: HTTP 401 from ${baseUrl}/chat/completions: the API key is not accepted; check MISTRAL_API_KEY (Unauthorized)`,
    );
    expect(requests).toHaveLength(1);
  });

  it("waits as long as a busy server asks, then tries again", async () => {
    answers = [
      { status: 429, headers: { "retry-after": "0.3" } },
      { status: 503, headers: { "retry-after": new Date(Date.now() - 1000).toUTCString() } },
      verdict("negative", 0.8),
    ];
    expect(await client().classify("x")).toEqual({ sentiment: "negative", confidence: 0.8 });
    expect(requests).toHaveLength(3);
    // Timers may ring a millisecond early.
    expect(requests[1].at - requests[0].at).toBeGreaterThan(295);
  });

  it("gives up after the tries it has, and at once when the wait is too long", async () => {
    answers = [{ status: 429, headers: { "retry-after": "0" } }];
    await expect(client({ retries: 2 }).classify("x")).rejects.toThrow(
      /HTTP 429 from .* after 3 tries: too many requests for this key; try again later$/,
    );
    expect(requests).toHaveLength(3);
    answers = [{ status: 429, headers: { "retry-after": "3600" } }];
    await expect(client().classify("x")).rejects.toThrow(
      /is busy \(HTTP 429\) and asks to wait 3600 s, more than the 30 s allowed/,
    );
    expect(requests).toHaveLength(4);
  });

  it.each(["all", "body"] as const)("stops waiting for a silent server: %s", async (silent) => {
    answers = [{ silent }];
    await expect(client({ timeoutSeconds: 0.2 }).classify("x")).rejects.toThrow(
      /^mistral: no answer from .* in 0\.2 s; try again later$/,
    );
  });

  it.each([
    ["<html>", /answered something that is not JSON: <html>/],
    ["{}", /answered without a message: \{\}/],
    ["null", /answered without a message/],
    [message(null), /answered without a message/],
    [message("I think it is positive."), /something else than \{ "sentiment"/],
    [message('{"sentiment": "great", "confidence": 0.5}'), /something else than/],
    [message('{"sentiment": "positive", "confidence": 95}'), /something else than/],
    [message('{"sentiment": "positive"}'), /something else than/],
  ])("refuses an answer that makes no sense: %s", async (body, expected) => {
    answers = [{ body }];
    const refused = client().classify("x");
    await expect(refused).rejects.toThrow(expected);
    await expect(refused).rejects.toThrow(MistralError);
  });

  it("names the model when the service does not know it, and says what the service said", async () => {
    answers = [{ status: 404, body: '{"detail": "Not Found"}' }];
    await expect(client({ model: "nope" }).classify("x")).rejects.toThrow(
      /no model nope; check .* \(Not Found\)$/,
    );
    answers = [{ status: 400, body: '{"error": {"message": "bad\\nrequest"}}' }];
    await expect(client().classify("x")).rejects.toThrow(
      /HTTP 400 .*: the request is not accepted \(bad request\)$/,
    );
  });

  it("says that the network is down", async () => {
    await expect(client({ baseUrl: "http://127.0.0.1:1/v1" }).classify("x")).rejects.toThrow(
      "mistral: http://127.0.0.1:1/v1/chat/completions cannot be reached; check the network and the address (--mistral-url)",
    );
  });

  it("refuses to start without a key or an address", () => {
    for (const apiKey of ["", "two words", "clé"])
      expect(() => client({ apiKey })).toThrow(/set MISTRAL_API_KEY/);
    for (const bad of ["api.mistral.ai", "ftp://x/y"])
      expect(() => client({ baseUrl: bad })).toThrow(/is not an address/);
  });
});
