/**
 * The opinion of a large language model: a client for Mistral's chat endpoint, and for servers that speak the same.
 *
 *   const mistral = new MistralClient({ apiKey });
 *   await mistral.classify("This film is so bad it's good") -> { sentiment: "negative", confidence: 0.7 }
 *
 * Nothing but `fetch`, so it runs in Node, Deno and a page. A busy server (429) is asked again after the time that it
 * names; every wait and the number of tries are limited.
 */

/** What a sentence says; the notebook's word lists know "neutral" too. */
export type Sentiment = "positive" | "negative" | "neutral";

/** An opinion and how sure it is, from 0 to 1. */
export interface Verdict {
  readonly sentiment: Sentiment;
  readonly confidence: number;
}

/** What `MistralClient` takes. */
export interface MistralOptions {
  /** The key of the account (MISTRAL_API_KEY); it goes into the header and nowhere else. */
  apiKey: string;
  /** Where `/chat/completions` is found; https://api.mistral.ai/v1 unless told. */
  baseUrl?: string;
  /** mistral-small-latest unless told. */
  model?: string;
  /** How long one answer may take (30). */
  timeoutSeconds?: number;
  /** How often a busy server (429, 5xx) is asked again (3). */
  retries?: number;
  /** The longest wait before asking again that is accepted (30). */
  maxWaitSeconds?: number;
}

/** The service gave no usable answer. The message is one line: what, where, and the way out. */
export class MistralError extends Error {
  override name = "MistralError";
  /** The HTTP status, where there was an answer. */
  readonly status?: number;
  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

const INSTRUCTION =
  "You judge the sentiment of one movie review. Answer only with a JSON object with two keys: " +
  '"sentiment", which is "positive", "negative" or "neutral", and "confidence", a number from 0 to 1.';

const SENTIMENTS: readonly string[] = ["positive", "negative", "neutral"] satisfies Sentiment[];

/** Asks a chat model for the sentiment of sentences. */
export class MistralClient {
  readonly model: string;
  readonly #address: string;
  readonly #apiKey: string;
  readonly #timeoutSeconds: number;
  readonly #retries: number;
  readonly #maxWaitSeconds: number;

  /** Throws a MistralError when the key is empty or the address is none. */
  constructor(options: MistralOptions) {
    const { apiKey, baseUrl = "https://api.mistral.ai/v1", model = "mistral-small-latest" } = options;
    if (!/^[\x21-\x7e]+$/.test(apiKey))
      throw new MistralError(
        "mistral: the API key is empty or has characters that no key has; set MISTRAL_API_KEY",
      );
    if (!/^https?:$/.test(URL.canParse(baseUrl) ? new URL(baseUrl).protocol : ""))
      throw new MistralError(
        `mistral: ${JSON.stringify(baseUrl)} is not an address such as https://api.mistral.ai/v1`,
      );
    this.model = model;
    this.#address = `${baseUrl.replace(/\/+$/, "")}/chat/completions`;
    this.#apiKey = apiKey;
    this.#timeoutSeconds = options.timeoutSeconds ?? 30;
    this.#retries = options.retries ?? 3;
    this.#maxWaitSeconds = options.maxWaitSeconds ?? 30;
  }

  /** The sentiment of a sentence. Throws a MistralError when the service refuses, is silent, or answers nonsense. */
  async classify(sentence: string): Promise<Verdict> {
    const request = {
      model: this.model,
      temperature: 0,
      max_tokens: 60,
      response_format: { type: "json_object" },
      messages: [
        { role: "system", content: INSTRUCTION },
        { role: "user", content: sentence },
      ],
    };
    for (let attempt = 0; ; attempt++) {
      const { status, body, retryAfter } = await this.#post(JSON.stringify(request));
      if (status === 200) return parseVerdict(body, this.#address);
      const busy = status === 429 || status >= 500;
      if (!busy || attempt >= this.#retries) throw this.#refusal(status, body, attempt);
      const wait = secondsToWait(retryAfter) ?? 2 ** attempt;
      if (wait > this.#maxWaitSeconds)
        throw new MistralError(
          `mistral: ${this.#address} is busy (HTTP ${status}) and asks to wait ${Math.ceil(wait)} s, ` +
            `more than the ${this.#maxWaitSeconds} s allowed; try again later`,
          status,
        );
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }

  async #post(body: string): Promise<{ status: number; body: string; retryAfter: string | null }> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), this.#timeoutSeconds * 1000);
    try {
      const response = await fetch(this.#address, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          authorization: `Bearer ${this.#apiKey}`,
        },
        body,
        signal: controller.signal,
      });
      // The body may be slow, too: the timer runs on.
      const text = await response.text();
      return { status: response.status, body: text, retryAfter: response.headers.get("retry-after") };
    } catch {
      // Each runtime words this in its own way.
      if (controller.signal.aborted)
        throw new MistralError(
          `mistral: no answer from ${this.#address} in ${this.#timeoutSeconds} s; try again later`,
        );
      throw new MistralError(
        `mistral: ${this.#address} cannot be reached; check the network and the address (--mistral-url)`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  #refusal(status: number, body: string, attempt: number): MistralError {
    const said = messageIn(body);
    const tries = attempt > 0 ? ` after ${attempt + 1} tries` : "";
    const wayOut =
      status === 401 || status === 403
        ? "the API key is not accepted; check MISTRAL_API_KEY"
        : status === 404
          ? `no such address, or no model ${this.model}; check --mistral-url and --mistral-model`
          : status === 429
            ? "too many requests for this key; try again later"
            : status >= 500
              ? "the service has a problem; try again later"
              : "the request is not accepted";
    return new MistralError(
      `mistral: HTTP ${status} from ${this.#address}${tries}: ${wayOut}${said ? ` (${said})` : ""}`,
      status,
    );
  }
}

/** The verdict in an answer of the service; throws a MistralError for anything else. */
function parseVerdict(body: string, address: string): Verdict {
  const wrong = (what: string, got: unknown): MistralError =>
    new MistralError(
      `mistral: ${address} answered ${what}: ${shorten(String(got))}; try another model (--mistral-model)`,
      200,
    );
  const answer = parseJson(body);
  if (answer === undefined) throw wrong("something that is not JSON", body);
  const content = (answer as { choices?: { message?: { content?: unknown } }[] } | null)?.choices?.[0]
    ?.message?.content;
  if (typeof content !== "string") throw wrong("without a message", body);
  // Some models put their JSON into a code block all the same.
  const verdict = parseJson(content.replace(/^\s*```(?:json)?\s*|\s*```\s*$/g, ""));
  const { sentiment, confidence } = (verdict ?? {}) as Record<string, unknown>;
  const known = typeof sentiment === "string" ? sentiment.trim().toLowerCase() : "";
  if (!SENTIMENTS.includes(known) || typeof confidence !== "number" || !(confidence >= 0 && confidence <= 1))
    throw wrong('something else than { "sentiment": …, "confidence": 0 to 1 }', content);
  return { sentiment: known as Sentiment, confidence };
}

/** `retry-after` as seconds: it is a number of them, or a date. */
function secondsToWait(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** What the service says about an error, in one short line. */
function messageIn(body: string): string {
  const json = parseJson(body) as
    | { message?: unknown; detail?: unknown; error?: { message?: unknown } }
    | null
    | undefined;
  const said = json?.message ?? json?.error?.message ?? json?.detail;
  return typeof said === "string" ? shorten(said) : "";
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
