/** From the bytes of a request to a checked question, or to the reason why it is none. */
import * as v from "valibot";
import { nearest } from "../support/nearest.ts";
import { Problem } from "./problem.ts";

/** Texts in one request at most. */
export const MOST_TEXTS = 64;
/** Tokens that one request may ask for. */
export const MOST_TOKENS = 1000;

const LONGEST_SHOWN = 60;
/** Bytes of a refused body that are still read, so that the client gets to see the answer. */
const DRAINED = 8 * 1024 * 1024;

const text = v.pipe(
  v.string("une chaîne de caractères est attendue"),
  v.regex(/\S/, "un texte qui n'est pas vide est attendu"),
);
const numbers = v.pipe(
  v.array(v.number("un nombre est attendu"), "une liste de nombres est attendue"),
  v.minLength(1, "au moins un nombre est attendu"),
);
const whole = (low: number, high: number) => {
  const message = `un nombre entier de ${low} à ${high} est attendu`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message));
};
const temperature = "un nombre de 0 à 5 est attendu";

const PREDICT = v.strictObject({
  text: v.optional(text),
  texts: v.optional(
    v.pipe(
      v.array(text, "une liste de textes est attendue"),
      v.minLength(1, "au moins un texte est attendu"),
      v.maxLength(MOST_TEXTS, `au plus ${MOST_TEXTS} textes sont attendus`),
    ),
  ),
  input: v.optional(numbers),
});

const GENERATE = v.strictObject({
  text,
  max_tokens: v.optional(whole(1, MOST_TOKENS), 80),
  temperature: v.optional(
    v.pipe(v.number(temperature), v.minValue(0, temperature), v.maxValue(5, temperature)),
    0.5,
  ),
  top_k: v.optional(whole(1, 1_000_000)),
  seed: v.optional(whole(0, 4_294_967_295)),
  stream: v.optional(v.boolean("true ou false est attendu"), false),
});

/** What POST /predict asks: one of the three. */
export type PredictRequest = v.InferOutput<typeof PREDICT>;
/** What POST /generate asks. */
export type GenerateRequest = v.InferOutput<typeof GENERATE>;

/** Throws a Problem 422 unless the value is a question for /predict. */
export function predictRequest(value: unknown): PredictRequest {
  const request = checked(PREDICT, value, '{"text": "…"}');
  const given = Object.keys(request).length;
  if (given !== 1)
    throw new Problem(
      422,
      given === 0
        ? 'il manque « text », tel que {"text": "…"}'
        : "un seul des champs « text », « texts » et « input » est attendu",
    );
  return request;
}

/** Throws a Problem 422 unless the value is a question for /generate. */
export function generateRequest(value: unknown): GenerateRequest {
  return checked(GENERATE, value, '{"text": "…", "max_tokens": 80}');
}

function checked<S extends typeof PREDICT | typeof GENERATE>(
  schema: S,
  value: unknown,
  example: string,
): v.InferOutput<S> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Problem(422, `un objet JSON est attendu, tel que ${example}, et non ${shown(value)}`);
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? "";
  if (issue.kind === "schema" && issue.type === "strict_object") {
    if (issue.expected !== "never") throw new Problem(422, `il manque « ${path} », tel que ${example}`);
    const near = nearest(path, Object.keys(schema.entries));
    const known = Object.keys(schema.entries).join(", ");
    throw new Problem(
      422,
      `champ inconnu « ${path} » ; ${near === undefined ? `les champs sont ${known}` : `vouliez-vous dire « ${near} » ?`}`,
    );
  }
  throw new Problem(422, `« ${path} » : ${issue.message}, et non ${shown(issue.input)}`);
}

/** A value in one short line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `une liste de ${value.length}`;
  if (typeof value === "object" && value !== null) return "un objet";
  const json = JSON.stringify(value) ?? String(value);
  return json.length > LONGEST_SHOWN ? `${json.slice(0, LONGEST_SHOWN)}…` : json;
}

/** How much of a body is read, and how long it may take. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeout: number;
}

/**
 * The JSON in a request's body. Throws a Problem: 415 for another type than JSON, 413 for a body that is too large,
 * 408 for one that does not arrive, 400 for one that is no JSON in UTF-8.
 */
export async function readJson(request: Request, limits: BodyLimits): Promise<unknown> {
  checkType(request.headers);
  const bytes = await readBody(request, limits);
  if (bytes.length === 0) throw new Problem(400, 'le corps est vide ; envoyez par exemple {"text": "…"}');
  let json: string;
  try {
    json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Problem(400, "le corps n'est pas de l'UTF-8");
  }
  try {
    return JSON.parse(json);
  } catch (error) {
    const reason = (error as Error).message.replace(/\s+/g, " ");
    throw new Problem(400, `le corps n'est pas du JSON : ${reason}`);
  }
}

function checkType(headers: Headers): void {
  const given = headers.get("content-type") ?? "";
  const [type, ...parameters] = given.split(";").map((part) => part.trim().toLowerCase());
  if (type !== "application/json")
    throw new Problem(
      415,
      `Content-Type: application/json est attendu, et non ${given === "" ? "rien" : shown(given)}`,
    );
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice(8);
  if (charset !== undefined && charset.replaceAll('"', "") !== "utf-8")
    throw new Problem(415, `le corps est attendu en UTF-8, et non en ${shown(charset)}`);
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity")
    throw new Problem(415, `le corps est attendu sans compression, et non en ${shown(encoding)}`);
}

async function readBody(request: Request, { maxBytes, timeout }: BodyLimits): Promise<Uint8Array> {
  const { headers } = request;
  const announced = Number(headers.get("content-length") ?? Number.NaN);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Problem(408, `le corps n'est pas arrivé en ${timeout / 1000} s`, { connection: "close" }));
    }, timeout);
  });
  try {
    // The usual case, for which servers have a short way; no more bytes than announced can come.
    const whole = announced <= maxBytes && !headers.has("transfer-encoding");
    const read = whole
      ? request.arrayBuffer().then((bytes) => new Uint8Array(bytes))
      : readAtMost(request, maxBytes, late);
    read.catch(() => undefined); // when it loses against the clock
    return await Promise.race([read, late]);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(400, "la connexion s'est fermée avant la fin du corps");
  } finally {
    clearTimeout(timer);
  }
}

async function readAtMost(request: Request, maxBytes: number, late: Promise<never>): Promise<Uint8Array> {
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // A client that is still sending does not read yet: an answer before its last byte may be lost to it.
    while (size <= DRAINED) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) break;
      size += value.length;
      if (size <= maxBytes) chunks.push(value);
      else chunks.length = 0;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  if (size > maxBytes) throw new Problem(413, `le corps dépasse ${maxBytes} octets`, { connection: "close" });
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
