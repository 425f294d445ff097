/**
 * The addresses of the service: from a Request to a Response, without a port or a platform, so that Node, Deno and a
 * test can call it alike.
 *
 *   const app = createApp(new Service({ predict: model }));
 *   const response = await app.fetch(new Request("http://localhost/health"));
 */
import { type Context, Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { ValueError, WgradError } from "../../src/index.ts";
import { QueueFullError } from "./batcher.ts";
import { PAGE, PAGE_HEADERS } from "./page.ts";
import { jsonResponse, Problem } from "./problem.ts";
import { generateRequest, predictRequest, readJson } from "./requests.ts";
import { type Input, likeliest, type ServedModel } from "./served_model.ts";
import type { Service, Visit } from "./service.ts";
import { type Line, linesResponse } from "./stream.ts";
import { writeTokens } from "./writing.ts";

type Env = { Variables: { visit: Visit; streams?: boolean } };

const ADDRESSES = "GET /, GET /health, POST /predict, POST /generate";

/** The application. `onFailure` hears of errors that are nobody's request's fault: the client learns only that there was one. */
export function createApp(service: Service, onFailure: (error: unknown) => void = () => {}): Hono<Env> {
  const app = new Hono<Env>();

  const problemOf = (error: unknown): Problem => {
    if (error instanceof Problem) return error;
    if (error instanceof QueueFullError)
      return new Problem(503, "trop de demandes attendent ; réessayez dans une seconde", {
        "retry-after": "1",
      });
    onFailure(error);
    return new Problem(500, "le serveur a échoué ; son terminal dit pourquoi");
  };
  const answerTo = (error: unknown): Response => {
    const { message, status, headers } = problemOf(error);
    return jsonResponse({ error: message }, status, headers);
  };

  // Every request is counted, timed and, while the server goes down, refused.
  app.use(async (c, next) => {
    const visit = service.visit(c.req.raw);
    c.set("visit", visit);
    if (service.stopping) c.res = answerTo(new Problem(503, "le serveur s'arrête", { "retry-after": "5" }));
    else await next();
    // A connection that stays open would keep the server from ending.
    if (service.stopping) c.res.headers.set("connection", "close");
    if (!c.get("streams")) visit.end(c.res.status);
  });
  app.use(
    methodNotAllowed({
      app: app as unknown as Hono,
      onMethodNotAllowed: (c, methods) => {
        const allow = methods.join(", ");
        return jsonResponse({ error: `${c.req.method} ne va pas ici ; essayez ${allow}` }, 405, { allow });
      },
    }),
  );
  app.onError(answerTo);
  app.notFound((c) => answerTo(new Problem(404, `il n'y a rien à ${c.req.path} ; il y a ${ADDRESSES}`)));

  app.get("/", () => new Response(PAGE, { headers: PAGE_HEADERS }));
  app.get("/health", () => jsonResponse(service.health()));

  app.post("/predict", async (c) => {
    const { text, texts, input } = predictRequest(await readJson(c.req.raw, service.body));
    const { model, batcher } = service.predict;
    const { visit } = c.var;
    const answer = async (given: Input) => {
      const row = readable(() => model.encode(given));
      const probabilities = await batcher.submit(row, { signal: visit.signal });
      const [best, ...rest] = likeliest(model, probabilities);
      return {
        predicted_class: best.class,
        label: best.label,
        probability: best.probability,
        probabilities: [best, ...rest],
        ...model.notes?.(row),
      };
    };
    visit.limit(service.limits.predictTimeout);
    if (texts === undefined) return jsonResponse(await answer((text ?? input)!));
    return jsonResponse({ predictions: await Promise.all(texts.map(answer)) });
  });

  app.post("/generate", async (c) => {
    const asked = generateRequest(await readJson(c.req.raw, service.body));
    const { visit } = c.var;
    const { model, batcher } = service.generate ?? noWriter(service.predict.model);
    const { text, max_tokens: maxTokens, temperature, top_k: topK } = asked;
    const seed = asked.seed ?? Math.floor(Math.random() * 2 ** 32);
    const continuation = readable(() => model.writing!.open(text));
    visit.limit(service.limits.generateTimeout);
    const options = { maxTokens, temperature, topK, seed, signal: visit.signal };
    const tokens = writeTokens(continuation, batcher, options);

    let written = continuation.start;
    let count = 0;
    const summary = () => ({ text: written, tokens: count, ended: count < maxTokens, seed });
    if (!asked.stream) {
      for await (const token of tokens) {
        written += token;
        count++;
      }
      return jsonResponse(summary());
    }
    async function* lines(): AsyncGenerator<Line> {
      try {
        for await (const token of tokens) {
          written += token;
          count++;
          yield { token };
        }
        yield { done: true, ...summary() };
        visit.end(200);
      } catch (error) {
        // The status has left already; the last line says what went wrong.
        const { message, status } = problemOf(error);
        visit.end(status);
        yield { error: message, status };
      }
    }
    c.set("streams", true);
    return linesResponse(lines(), wantsLines(c), () => visit.end(499));
  });
  return app;
}

/** JSON lines for those who ask for them, server-sent events for all others. */
function wantsLines(c: Context): "ndjson" | "sse" {
  return c.req.header("accept")?.includes("application/x-ndjson") ? "ndjson" : "sse";
}

/** What the model cannot read is the client's to put right. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError || error instanceof WgradError) throw new Problem(422, error.message);
    throw error;
  }
}

function noWriter(model: ServedModel): never {
  throw new Problem(501, `${model.title} : ce modèle classe des textes, il n'en écrit pas`);
}
