/**
 * Puts a saved model behind a REST API, with a small page on it.
 *
 * Goal: see what stands between a trained model and somebody who wants to use it: an address, JSON that is checked, one
 * queue for all, and requests that go through the model together. The course does it with Flask and BERT; its curl line
 * works here unchanged. The model is whatever you saved: IMDB, SimpleLLM, Molière (LSTM, GRU or Transformer), parity, the
 * translation of numbers, or any classifier of the Keras door (it reads numbers). Which one it is, the server reads from
 * the file.
 *
 * Time: some five seconds of computing until it listens, without --model: it then trains a sentiment model on 128
 * reviews and a character model on 12 sentences. With --model, one second.
 *
 * Expect: POST /predict answers {"predicted_class": 1, …} to the course's sentence, in some milliseconds. POST /generate
 * writes on, whole or token by token ("stream": true). GET /health counts. Whatever is wrong with a request, the answer
 * says so in one line, with a status of 4xx. Ctrl-C answers those who wait, refuses all others, and ends.
 *
 * How requests are joined: while the model computes, new requests wait. The next pass takes them all, up to
 * --max-batch, as the rows of one tensor, filled up to one length. A pass over 32 rows takes far less time than 32
 * passes, so the more clients there are, the more answers a second. Texts that are being written share passes as well,
 * one token of each at a time, so that a short request never waits for a long text.
 *
 * Exercises:
 *   --max-batch 1                    in one terminal, --load-test in another: what do batches bring?
 *   --load-test URL --clients 1, 10, 50, 200   how do answers a second and p95 grow with the number of clients?
 *   --linger 0, 2, 20                waiting for company costs a lone client time; what does it give the many?
 *   --max-queue 8                    what do the clients see when more ask than can wait?
 *   --device webgpu                  from which batch on does the GPU pay?
 *   --runtime deno                   the same server in another runtime: same numbers?
 */
import process from "node:process";
import { type Device, useDevice } from "../src/index.ts";
import { createApp } from "./serve/app.ts";
import { ABOUT, FLAGS } from "./serve/flags.ts";
import { listen } from "./serve/listen.ts";
import { distinctTexts, loadTest } from "./serve/load_test.ts";
import { loadServedModel } from "./serve/models/index.ts";
import { RequestLog } from "./serve/request_log.ts";
import { type Trained, trainReviews, trainSentences } from "./serve/sample.ts";
import type { ServedModel } from "./serve/served_model.ts";
import { Service } from "./serve/service.ts";
import { readFlagFile, runMain } from "./support/command.ts";
import { whyThisDevice } from "./support/device_text.ts";
import { writeFileSafely } from "./support/files.ts";
import { FlagError, parseFlags } from "./support/flags.ts";
import { cut, formatCount, formatDuration, formatNumber, formatPercent } from "./support/format.ts";

/** Milliseconds that requests under way get after Ctrl-C. */
const GRACE = 10_000;
/** Texts of the load test. */
const TEXTS = 150;

type Given = ReturnType<typeof parseFlags<typeof FLAGS>>;

async function main(argv: string[]): Promise<number> {
  const flags = parseFlags(FLAGS, argv, ABOUT);
  if (flags.help) {
    console.log(flags.help);
    return 0;
  }
  if (flags.loadTest !== undefined) return await tryServer(flags, flags.loadTest);

  // 1. The models: from files, or trained now.
  const files = { model: flags.model, writer: flags.writer };
  const bytes = Object.fromEntries(
    Object.entries(files).flatMap(([flag, path]) =>
      path === undefined ? [] : [[flag, { path, bytes: readFlagFile(flag, path) }]],
    ),
  );
  const device = await useDevice(flags.device, { verify: flags.verify });
  console.log(`Appareil : ${device.description}\n           ${whyThisDevice(device.choice)}`);
  const load = (flag: string): ServedModel | undefined =>
    bytes[flag] && loadServedModel(bytes[flag].bytes, device, bytes[flag].path);
  let predict = load("model");
  let generate = load("writer");
  if (generate && !generate.writing)
    throw new FlagError(`--writer: ${flags.writer} is a model that classifies; it does not write`);
  title("1. Les modèles");
  if (!predict && !generate) [predict, generate] = await trainSamples(device, flags.seed);
  else {
    if (predict) console.log(`${flags.model} : ${describe(predict)}`);
    if (generate) console.log(`${flags.writer} : ${describe(generate)}`);
  }
  predict ??= generate!;

  // 2. The server: an application, and a port for it.
  const log = new RequestLog((line) => console.log(line));
  const service = new Service({
    predict,
    generate,
    limits: {
      maxBatch: flags.maxBatch,
      maxQueue: flags.maxQueue,
      linger: flags.linger,
      maxBytes: flags.bodyLimit,
      predictTimeout: flags.timeout * 1000,
    },
    onAnswered: flags.quiet ? undefined : (answered) => log.note(answered),
  });
  const app = createApp(service, (error) => console.error(error));
  const stop = untilInterrupted(() => service.inFlight);
  const { address, refuse, close } = await listen((request) => app.fetch(request), flags.port, flags.host);
  title(`2. Le serveur : ${address}`);
  explain(service, address);

  // 3. Until Ctrl-C: those who wait get their answers, nobody else gets in.
  await stop.first;
  console.log(
    `\nArrêt demandé : ${formatCount(service.inFlight)} réponse(s) en cours, plus aucune connexion.` +
      (service.inFlight > 0 ? " Un second Ctrl-C n'attend pas." : ""),
  );
  refuse();
  const unanswered = await Promise.race([service.stop(GRACE), stop.second]);
  await close();
  log.close();
  const { batches, rows, largest } = service.predict.batcher.stats;
  console.log(
    `${unanswered === 0 ? "Toutes les réponses sont parties." : `${unanswered} réponse(s) interrompue(s).`} ` +
      `/predict : ${formatCount(rows)} ligne(s) en ${formatCount(batches)} passe(s) du modèle, au plus ${formatCount(largest)} à la fois.`,
  );
  device.dispose();
  return 0;
}

/** Trains what is served when there is no file. */
async function trainSamples(device: Device, seed: number): Promise<[ServedModel, ServedModel]> {
  console.log("Sans --model, deux petits modèles sont entraînés ici même, en quelques secondes :");
  const say = (what: string, { model, accuracy, seconds }: Trained, on: string): ServedModel => {
    const right = `${formatPercent(accuracy, 0)} d'exactitude sur ${on}`;
    console.log(
      `• ${what} : ${formatCount(model.parameters)} paramètres, ${formatDuration(seconds)}, ${right}`,
    );
    return model;
  };
  const reviews = await trainReviews(device, seed);
  const predict = say("/predict, le sentiment d'un avis en anglais", reviews, "32 avis mis de côté");
  const sentences = await trainSentences(device, seed);
  const generate = say("/generate, du texte caractère par caractère", sentences, "ses 12 phrases");
  console.log(
    "Ils servent à essayer l'API, pas à juger des films. Un vrai modèle : npm start -- imdb --save out/imdb.safetensors",
  );
  return [predict, generate];
}

function describe(model: ServedModel): string {
  return (
    `${model.title}, ${formatCount(model.parameters)} paramètres, ${formatCount(model.classes)} classes` +
    (model.writing ? ` ; écrit ${model.writing.unit} par ${model.writing.unit}` : "")
  );
}

/** What to try, from another terminal. */
function explain({ predict, generate, limits }: Service, address: string): void {
  const quote = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", "'\\''")}'`;
  const post = (path: string, value: unknown, options = ""): string =>
    `  curl ${options}-X POST ${address}${path} -H "Content-Type: application/json" -d ${quote(value)}`;
  const [text] = predict.model.examples;
  console.log(`À essayer dans un autre terminal :

${post("/predict", { text })}
    → la classe, son nom, et la probabilité de chacune
${post("/predict", { texts: predict.model.examples.slice(0, 2) })}
    → plusieurs textes en une demande`);
  if (generate) {
    const [beginning] = generate.model.writing!.examples;
    console.log(`${post("/generate", { text: beginning, max_tokens: 80, temperature: 0.5, stream: true }, "-N ")}
    → le texte qui s'écrit ; "seed" le rend reproductible, "temperature": 0 prend toujours le plus probable`);
  } else
    console.log("  (/generate répond 501 : ce modèle classe des textes, il n'en écrit pas ; voir --writer)");
  console.log(`  curl ${address}/health
    → le modèle, l'appareil, les nombres de réponses et de passes
  curl -X POST ${address}/predict -H "Content-Type: application/json" -d ${quote({ txt: "?" })}
    → une erreur 422 et sa raison
  npm run serve -- --load-test ${address} --clients 50
    → 50 clients à la fois

La page : ${address}/

Ce qui se passe : chaque demande est lue (au plus ${formatCount(limits.maxBytes)} octets), vérifiée et encodée, puis elle attend.
Ce qui attend passe ensemble par le modèle, au plus ${formatCount(limits.maxBatch)} lignes par passe. Une réponse qui n'est pas là en
${formatNumber(limits.predictTimeout / 1000, 0)} s est un 504 ; si plus de ${formatCount(limits.maxQueue)} attendent, les suivantes reçoivent 503.

Ctrl-C pour arrêter.
`);
}

/** Be fifty clients. */
async function tryServer(flags: Given, given: string): Promise<number> {
  const address = given.replace(/\/+$/, "");
  let examples: string[];
  try {
    const response = await fetch(`${address}/health`);
    ({
      predict: { examples },
    } = (await response.json()) as { predict: { examples: string[] } });
  } catch {
    throw new FlagError(`--load-test: nothing that speaks like npm run serve answers at ${address}`);
  }
  const texts = distinctTexts(examples, TEXTS);
  const { clients, seconds } = flags;
  console.log(
    `${formatCount(texts.length)} textes différents, chacun demandé seul d'abord ; puis ${formatCount(clients)} clients pendant ${formatDuration(seconds)} …`,
  );
  const result = await loadTest(address, { clients, seconds, texts });
  const milliseconds = (value: number): string => `${formatNumber(value, 1)} ms`;
  console.log(`
Réponses             ${formatCount(result.answered)} en ${formatDuration(result.seconds)} : ${formatNumber(result.perSecond, 0)} par seconde
Latence              p50 ${milliseconds(result.p50)}, p95 ${milliseconds(result.p95)}, p99 ${milliseconds(result.p99)}, la plus longue ${milliseconds(result.slowest)}
Lignes par passe     ${formatNumber(result.rowsPerBatch, 1)}
Sans réponse         ${formatCount(result.failures.length)}${result.failures.length > 0 ? ` (${cut(result.failures[0], 70)})` : ""}
Réponses d'un autre  ${formatCount(result.mixed)}`);
  if (flags.json) writeFileSafely(flags.json, `${JSON.stringify({ clients, ...result }, null, 2)}\n`);
  return result.failures.length === 0 && result.mixed === 0 ? 0 : 1;
}

/**
 * Resolves at the first and at the second Ctrl-C, at the second to how many then still wait; signals within half a
 * second of each other are one.
 */
function untilInterrupted(waiting: () => number): { first: Promise<void>; second: Promise<number> } {
  const SAME_SIGNAL = 500;
  let at: number | undefined;
  let [first, second] = [() => {}, (_: number) => {}];
  const promises = {
    first: new Promise<void>((resolve) => {
      first = resolve;
    }),
    second: new Promise<number>((resolve) => {
      second = resolve;
    }),
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (at !== undefined && performance.now() - at > SAME_SIGNAL) second(waiting());
      at ??= performance.now();
      first();
    });
  return promises;
}

function title(text: string): void {
  console.log(`\n${text}\n${"─".repeat(text.length)}`);
}

await runMain(main);
