/**
 * Writes like Molière with a character-level LSTM, from text to model to text.
 *
 * Goal: see that predicting the next character, again and again, is enough to write. A text becomes ids, windows of
 * them become batches, Embedding → LSTM → Linear gives a score for each next character, and sampling from the scores
 * writes. The temperature decides how bold.
 *
 * Time: about a minute on two cores with the embedded comedy. With `--data FILE` the notebook's model is trained; on
 * two cores use `--predict every --stride 60`, which gives each epoch some 150 steps in place of 9,100.
 *
 * Try: --window 20, 60, 100 · --units 64, 256 · --layers 2 · --temperatures 0.1,2 · --prompt "Madame" · --play tartuffe
 */
import process from "node:process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { useDevice } from "../src/index.ts";
import { COMEDIE } from "./data/comedie.ts";
import { checkPrompt, generateTexts } from "./moliere/generation.ts";
import { FLAGS, settingsFrom, temperaturesFrom } from "./moliere/flags.ts";
import { describeResults } from "./moliere/results.ts";
import { type Progress, MoliereTraining } from "./moliere/training.ts";
import { whyThisDevice } from "./support/device_text.ts";
import { ensureDirectory, ensureWritable, writeFileSafely, writeReport } from "./support/files.ts";
import { FlagError, parseFlags } from "./support/flags.ts";
import { formatCount, formatDuration, formatNumber, sparkline } from "./support/format.ts";
import { ProgressLine } from "./support/progress.ts";
import { loadText } from "./support/text_source.ts";

const about = {
  name: "npm start --",
  summary: "Entraîne un LSTM caractère par caractère et écrit à la manière de Molière.",
  examples: [
    "npm start",
    "npm start -- --data moliere.txt --predict every --stride 60 --epochs 3",
    "npm start -- --load out/moliere.safetensors --epochs 12",
  ],
};

/** Signals that come sooner after each other are one Ctrl-C. */
const SAME_SIGNAL_MILLISECONDS = 500;

async function main(argv: string[]): Promise<number> {
  const started = performance.now();
  const flags = parseFlags(FLAGS, argv, about);
  if (flags.help) {
    console.log(flags.help);
    return 0;
  }
  const temperatures = temperaturesFrom(flags.temperatures);
  // What cannot be written is better known before the training than after it.
  ensureDirectory(flags.out);
  for (const path of [flags.json, flags.save]) if (path !== undefined) ensureWritable(path);

  // 1. A device, and a text.
  const device = await useDevice(flags.device, { verify: flags.verify });
  console.log(`Appareil : ${device.description}\n           ${whyThisDevice(device.choice)}`);
  const { text, source, kind } = await loadText({
    data: flags.data,
    play: flags.play,
    sample: { name: "La Marmite, comédie écrite pour ce projet", text: COMEDIE },
    cacheDirectory: join(process.cwd(), ".cache"),
    fetch: flags.download,
  });
  console.log(`Texte    : ${source}`);

  // 2. A model, new or from a checkpoint.
  const settings = settingsFrom(flags, kind === "sample");
  const training = flags.load
    ? MoliereTraining.resume(readFile(flags.load), text, device, settings.given, flags.load)
    : new MoliereTraining(text, settings.all, device);
  const { vocabulary, model, stepsPerEpoch, steps } = training;
  try {
    checkPrompt(vocabulary, flags.prompt);
  } catch (error) {
    throw new FlagError(`--prompt ${JSON.stringify(flags.prompt)}: ${(error as Error).message}`);
  }
  console.log(`Modèle   : ${formatCount(model.countParameters())} paramètres, ${vocabulary.size} caractères`);
  const left = steps - training.step;
  if (left > 0) {
    const seconds = (await training.measureStep()) * left;
    console.log(
      `Durée    : ${formatCount(stepsPerEpoch)} pas par époque, ${formatCount(left)} pas à faire, environ ${formatDuration(seconds)}\n`,
    );
  }

  // 3. Training. Ctrl-C stops after the step in hand and leaves a checkpoint.
  let interrupted = false;
  let askedAt = 0;
  const stop = (): void => {
    // A terminal and tsx may both pass on the same Ctrl-C; a second one from a person means: at once.
    if (interrupted && performance.now() - askedAt > SAME_SIGNAL_MILLISECONDS) process.exit(130);
    if (!interrupted) askedAt = performance.now();
    interrupted = true;
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, stop);
  const line = new ProgressLine();
  let speed = 0;
  try {
    const complete = await training.run(
      (progress: Progress) => {
        speed = progress.charactersPerSecond;
        line.update(progress);
      },
      () => interrupted,
    );
    line.finish();
    if (flags.save || !complete) {
      const path = flags.save ?? join(flags.out, "moliere.safetensors");
      writeFileSafely(path, await training.checkpoint());
      console.log(`Point de reprise : ${path}`);
      if (!complete) {
        console.log(`Pour continuer   : ${resumeCommand(argv, path)}`);
        return 130;
      }
    }
  } finally {
    line.finish();
    // Interrupted, the process ends here, and a late signal must not change how.
    if (!interrupted) for (const signal of signals) process.off(signal, stop);
  }
  const { losses } = training.history;
  console.log(
    `Perte ${formatNumber(losses[0], 3)} → ${formatNumber(meanOf(losses.slice(-20)), 3)}  ${sparkline(losses, 60)}`,
  );

  // 4. Text, at five temperatures.
  const samples = await generateTexts(model, vocabulary, {
    prompt: flags.prompt,
    temperatures,
    length: flags.length,
    sampling: flags.sampling as "window" | "stateful",
    window: training.settings.window,
    seed: training.settings.seed,
  });
  temperatures.forEach((temperature, i) => {
    console.log(`\n--- Température ${formatNumber(temperature, 1)} ${"-".repeat(50)}\n\n${samples[i]}`);
  });

  // 5. What is left behind: a report to look at, and numbers to compute with.
  const seconds = (performance.now() - started) / 1000;
  const results = describeResults({
    training,
    source,
    samples,
    temperatures,
    seconds,
    speed,
    command: `npm start -- ${argv.join(" ")}`,
  });
  const report = writeReport(flags.out, results.report);
  console.log(`\nRapport : ${report}`);
  if (flags.json) writeFileSafely(flags.json, `${JSON.stringify(results.json, null, 2)}\n`);
  device.dispose();
  return 0;
}

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FlagError(`--load: cannot read ${path} (${(error as Error).message})`);
  }
}

/** The same command, continuing from the checkpoint. */
function resumeCommand(argv: readonly string[], path: string): string {
  const kept = argv.filter((arg, i) => !arg.startsWith("--load") && argv[i - 1] !== "--load");
  const quoted = [...kept, "--load", path].map((arg) =>
    /^[\w./:=,-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`,
  );
  return `npm start -- ${quoted.join(" ")}`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`erreur : ${(error as Error).message}`);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
