/**
 * Many clients at once against a server that runs: how many answers a second, how long each takes, and whether
 * everybody gets the answer to the own question.
 */
import { Generator } from "../../src/index.ts";

/** How the server is tried. */
export interface LoadOptions {
  /** Clients that each ask, wait for the answer, and ask again. */
  readonly clients: number;
  readonly seconds: number;
  /** Different texts that they ask, each with an answer of its own. */
  readonly texts: readonly string[];
}

/** What came of it. */
export interface LoadResult {
  readonly answered: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly slowest: number;
  /** Answers that are none: another status, a broken connection. */
  readonly failures: readonly string[];
  /** Answers that differ from the one that the text got when nobody else asked. */
  readonly mixed: number;
  /** Rows per pass through the model, a mean over the test. */
  readonly rowsPerBatch: number;
}

/** What two passes may differ by: sums of floats in another order. */
const TOLERANCE = 1e-4;

/** So many different texts, each of the words of an example in another order, and now and then one of another example. */
export function distinctTexts(examples: readonly string[], count: number): string[] {
  const random = new Generator(count);
  const lists = examples.map((text) => text.split(" "));
  const texts = new Set<string>(examples);
  for (let turn = 0; texts.size < count && turn < 100 * count; turn++) {
    const words = lists[turn % lists.length];
    const mixed = [...random.permutation(words.length)].map((i) => words[i]);
    const others = lists[random.integer(lists.length)];
    mixed[0] = others[random.integer(others.length)];
    texts.add(mixed.join(" "));
  }
  return [...texts].slice(0, count);
}

interface Answer {
  readonly predicted_class: number;
  readonly probability: number;
}

async function ask(address: string, text: string): Promise<Answer> {
  const response = await fetch(`${address}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
  });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${body.trim()}`);
  return JSON.parse(body);
}

async function batchesOf(address: string): Promise<{ batches: number; rows: number }> {
  const response = await fetch(`${address}/health`);
  const health = (await response.json()) as { predict: { batches: { batches: number; rows: number } } };
  return health.predict.batches;
}

/** Asks each text alone first, then lets the clients loose. */
export async function loadTest(
  address: string,
  { clients, seconds, texts }: LoadOptions,
): Promise<LoadResult> {
  const alone = new Map<string, Answer>();
  for (const text of texts) alone.set(text, await ask(address, text));

  const before = await batchesOf(address);
  const times: number[] = [];
  const failures: string[] = [];
  let mixed = 0;
  const began = performance.now();
  const end = began + seconds * 1000;
  const client = async (first: number): Promise<void> => {
    for (let turn = first; performance.now() < end; turn++) {
      const text = texts[turn % texts.length];
      const asked = performance.now();
      try {
        const { predicted_class, probability } = await ask(address, text);
        times.push(performance.now() - asked);
        const own = alone.get(text)!;
        // A class may flip where two are equally likely; the probability then stays.
        if (Math.abs(probability - own.probability) > TOLERANCE) mixed++;
        else if (predicted_class !== own.predicted_class && probability > 0.5 + TOLERANCE) mixed++;
      } catch (error) {
        const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
        failures.push(cause ? `${message}: ${cause.code ?? cause.message}` : message);
      }
    }
  };
  await Promise.all(
    Array.from({ length: clients }, (_, i) => client(Math.floor((i * texts.length) / clients))),
  );
  const took = (performance.now() - began) / 1000;
  const after = await batchesOf(address);
  times.sort((a, b) => a - b);
  const share = (p: number): number => times[Math.min(times.length - 1, Math.floor(p * times.length))] ?? 0;
  return {
    answered: times.length,
    seconds: took,
    perSecond: times.length / took,
    p50: share(0.5),
    p95: share(0.95),
    p99: share(0.99),
    slowest: times.at(-1) ?? 0,
    failures,
    mixed,
    rowsPerBatch: (after.rows - before.rows) / Math.max(1, after.batches - before.batches),
  };
}
