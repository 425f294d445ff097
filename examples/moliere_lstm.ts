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
 * Expect: the loss starts at chance, ln(number of characters), and falls to about 1.5 on the comedy, where every second
 * character is guessed. The texts have words, lines and speakers' names long before they have sense. A low temperature
 * repeats itself, a high one invents words.
 *
 * Exercises:
 *   --experiments                        window, embedding, units, layers, GRU, prediction: short runs side by side
 *   --window 40, 60, 100, 150            what is gained and what is paid?
 *   --embedding 64, 256 · --units 128, 512 · --layers 2 · --model gru      other architectures
 *   --epochs 5, 15, 30                   when does it stop getting better?
 *   --predict last, every                learn from the last state only, as the notebook, or from every position
 *   --model transformer                  attention in place of the recurrent layer, beside an LSTM of its size
 *   --data moliere.txt --play tartuffe   one play: is its style another?
 *   --prompt "Madame" · --temperatures 0.1,2
 *   --compare out/large.safetensors      beside a larger model, which an earlier run wrote with --save
 */
import process from "node:process";
import { join } from "node:path";
import { type Device, useDevice } from "../src/index.ts";
import { COMEDIE } from "./data/comedie.ts";
import { besideNotes, type SideBySide, trainBeside } from "./moliere/beside.ts";
import {
  COMPARISON_HEADERS,
  compareModels,
  comparisonRows,
  loadWriter,
  MISSING_MODELS,
  writerOf,
} from "./moliere/comparison.ts";
import { type Exploration, explorationLines, explore } from "./moliere/exploration.ts";
import {
  EXPERIMENT_HEADERS,
  type ExperimentResult,
  experimentNotes,
  experimentRows,
  experimentsFor,
  runExperiment,
} from "./moliere/experiments.ts";
import { experimentSettings, FLAGS, settingsFrom, temperaturesFrom } from "./moliere/flags.ts";
import { checkPrompt, generateTexts } from "./moliere/generation.ts";
import { describeExperiments, describeResults } from "./moliere/results.ts";
import { modelName, type Settings } from "./moliere/settings.ts";
import { lastMean, MoliereTraining, type Progress } from "./moliere/training.ts";
import { commandLine, Interruption, readFlagFile, resumeCommand, runMain } from "./support/command.ts";
import { whyThisDevice } from "./support/device_text.ts";
import {
  ensureDirectory,
  ensureWritable,
  writeFigures,
  writeFileSafely,
  writeReport,
} from "./support/files.ts";
import { FlagError, type Flags, parseFlags } from "./support/flags.ts";
import { formatCount, formatDuration, formatNumber, sparkline, wrap } from "./support/format.ts";
import { ProgressLine } from "./support/progress.ts";
import type { Report } from "./support/report.ts";
import { formatTable } from "./support/tables.ts";
import { loadText } from "./support/text_source.ts";

const about = {
  name: "npm start --",
  summary: "Entraîne un LSTM caractère par caractère et écrit à la manière de Molière.",
  examples: [
    "npm start",
    "npm start -- --experiments",
    "npm start -- --model transformer",
    "npm start -- --data moliere.txt --predict every --stride 60 --epochs 3",
    "npm start -- --load out/moliere.safetensors --epochs 12",
  ],
};

async function main(argv: string[]): Promise<number> {
  const started = performance.now();
  const flags = parseFlags(FLAGS, argv, about);
  if (flags.help) {
    console.log(flags.help);
    return 0;
  }
  const temperatures = temperaturesFrom(flags.temperatures);
  for (const name of ["load", "save", "compare"] as const)
    if (flags.experiments && flags[name] !== undefined)
      throw new FlagError(`--experiments trains models of its own; leave --${name} out`);
  // What cannot be written is better known before the training than after it.
  ensureDirectory(flags.out);
  for (const path of [flags.json, flags.save]) if (path !== undefined) ensureWritable(path);

  // 1. A device, and a text.
  const device = await useDevice(flags.device, { verify: flags.verify });
  console.log(`Appareil : ${device.description}\n           ${whyThisDevice(device.choice)}`);
  const loaded = await loadText({
    data: flags.data,
    play: flags.play,
    sample: { name: "La Marmite, comédie écrite pour ce projet", text: COMEDIE },
    cacheDirectory: join(process.cwd(), ".cache"),
    fetch: flags.download,
  });
  const { text, source, kind } = loaded;
  console.log(`Texte    : ${source}`);

  // 2. A model, new or from a checkpoint, and what it will see of the text.
  const settings = settingsFrom(flags, kind === "sample");
  const training = flags.load
    ? MoliereTraining.resume(readFlagFile("load", flags.load), text, device, settings.given, flags.load)
    : new MoliereTraining(text, settings.all, device);
  const { vocabulary, model, stepsPerEpoch, steps } = training;
  try {
    checkPrompt(vocabulary, flags.prompt);
  } catch (error) {
    throw new FlagError(`--prompt ${JSON.stringify(flags.prompt)}: ${(error as Error).message}`);
  }
  const exploration = explore(loaded, vocabulary, training.settings);
  console.log(explorationLines(exploration).join("\n"));
  if (flags.experiments)
    return await runExperiments({
      flags,
      argv,
      started,
      device,
      text,
      source,
      exploration,
      base: settings.all,
    });
  const larger = flags.compare
    ? loadWriter(readFlagFile("compare", flags.compare), device, flags.compare)
    : undefined;
  // One character, to hear now about a prompt that the other model cannot read.
  if (larger) await larger.generate(flags.prompt, { temperature: 1, length: 1, seed: 0 });
  console.log(`Modèle   : ${formatCount(model.countParameters())} paramètres, ${vocabulary.size} caractères`);
  const left = steps - training.step;
  if (left > 0) {
    const seconds = (await training.measureStep()) * left;
    console.log(
      `Durée    : ${formatCount(stepsPerEpoch)} pas par époque, ${formatCount(left)} pas à faire, environ ${formatDuration(seconds)}\n`,
    );
  }

  // 3. Training. Ctrl-C stops after the step in hand and leaves a checkpoint.
  const interruption = new Interruption();
  const line = new ProgressLine();
  const trainingStarted = performance.now();
  let speed = 0;
  try {
    const complete = await training.run(
      (progress: Progress) => {
        speed = progress.charactersPerSecond;
        line.update(progress);
      },
      () => interruption.requested,
    );
    line.finish();
    if (flags.save || !complete) {
      const path = flags.save ?? join(flags.out, "moliere.safetensors");
      writeFileSafely(path, await training.checkpoint());
      console.log(`Point de reprise : ${path}`);
      if (!complete) {
        console.log(`Pour continuer   : ${resumeCommand(about.name, argv, path)}`);
        return 130;
      }
    }
  } finally {
    line.finish();
    interruption.close();
  }
  const trained = (performance.now() - trainingStarted) / 1000;
  const { losses } = training.history;
  console.log(
    `Perte ${formatNumber(losses[0], 3)} → ${formatNumber(lastMean(losses), 3)}  ${sparkline(losses, 60)}`,
  );

  // 4. Text, at five temperatures.
  const samples = await generateTexts(model, vocabulary, {
    prompt: flags.prompt,
    temperatures,
    length: flags.length,
    sampling: flags.sampling,
    window: training.settings.window,
    seed: training.settings.seed,
  });
  temperatures.forEach((temperature, i) => {
    console.log(`\n--- Température ${formatNumber(temperature, 1)} ${"-".repeat(50)}\n\n${samples[i]}`);
  });

  // 5. The same prompt for a larger model.
  const asked = { temperature: 0.8, length: 150, seed: training.settings.seed };
  const comparison = larger && {
    ...asked,
    results: await compareModels(
      [writerOf(training, "le nôtre", exploration.characters), larger],
      flags.prompt,
      asked,
      text,
    ),
  };
  if (comparison) {
    console.log(`\n--- À côté d'un plus grand modèle ${"-".repeat(36)}\n`);
    console.log(
      formatTable(comparisonRows(comparison.results, asked.length), {
        headers: COMPARISON_HEADERS,
        columns: 100,
      }),
    );
    for (const { model: writer, text: written } of comparison.results)
      console.log(`\n${writer.name}\n\n${written}`);
    console.log("\nCe qui manque à cette comparaison :");
    for (const { name, why } of MISSING_MODELS) console.log(`  ${name} : ${why}`);
  }

  // 6. A Transformer beside an LSTM that sees the same text.
  const beside =
    training.settings.model === "transformer" && left > 0
      ? await writeBeside(training, { charactersPerSecond: speed, seconds: trained }, text, device, flags)
      : undefined;

  // 7. What is left behind: a report to look at, and numbers to compute with.
  const seconds = (performance.now() - started) / 1000;
  const command = commandLine(about.name, argv);
  leave(
    flags,
    describeResults({
      training,
      exploration,
      source,
      samples,
      temperatures,
      comparison,
      beside,
      seconds,
      speed,
      command,
    }),
  );
  device.dispose();
  return 0;
}

/** Trains an LSTM of the same size for as many steps, and shows both. Ctrl-C leaves it out. */
async function writeBeside(
  training: MoliereTraining,
  speed: { charactersPerSecond: number; seconds: number },
  text: string,
  device: Device,
  { prompt, length }: { prompt: string; length: number },
): Promise<SideBySide | undefined> {
  console.log(`\n--- À côté d'un LSTM ${"-".repeat(47)}\n`);
  const interruption = new Interruption();
  const line = new ProgressLine();
  const options = {
    ...{ prompt, length, temperature: 0.8 },
    onProgress: (progress: Progress) => line.update(progress),
    shouldStop: () => interruption.requested,
  };
  let results: SideBySide | undefined;
  try {
    results = await trainBeside(training, speed, text, device, options);
  } finally {
    line.finish();
    interruption.close();
  }
  if (!results) {
    console.log("Interrompu : le LSTM n'est pas fini, la comparaison manque.");
    return undefined;
  }
  const table = experimentRows(results, prompt, 34);
  console.log(`\n${formatTable(table, { headers: EXPERIMENT_HEADERS, columns: 100 })}\n`);
  for (const note of besideNotes(results)) console.log(wrap(`• ${note}`, 98).join("\n  "));
  for (const { name, sample } of results) console.log(`\n${name}\n\n${sample}`);
  return results;
}

/** `--experiments`: short runs that each change one thing, in a table. Ctrl-C ends with what is there. */
async function runExperiments(run: {
  flags: Flags<typeof FLAGS>;
  argv: readonly string[];
  started: number;
  device: Device;
  text: string;
  source: string;
  exploration: Exploration;
  base: Settings;
}): Promise<number> {
  const { flags, argv, started, device, text, source, exploration } = run;
  const { prompt } = flags;
  const base = experimentSettings(run.base, flags);
  const experiments = experimentsFor(base);
  console.log(
    `\nExpériences : ${experiments.length} essais de ${formatCount(base.steps!)} pas, qui changent chacun une chose à la référence :\n` +
      `fenêtre ${base.window}, embedding ${base.embedding}, ${modelName(base)} ${base.units}, ` +
      `${base.layers > 1 ? `${base.layers} couches` : "une couche"}, cible ${base.predict === "every" ? "à chaque position" : "au bout de la fenêtre"}\n`,
  );
  const interruption = new Interruption();
  const results: ExperimentResult[] = [];
  for (const experiment of experiments) {
    console.log(`${experiments.indexOf(experiment) + 1}. ${experiment.name}`);
    const line = new ProgressLine();
    try {
      const result = await runExperiment(text, experiment, base, device, {
        prompt,
        temperature: 0.8,
        length: flags.length,
        onProgress: (progress) => line.update(progress),
        shouldStop: () => interruption.requested,
      });
      if (result) results.push(result);
    } finally {
      line.finish();
    }
    if (interruption.requested) break;
  }
  interruption.close();
  if (results.length > 0) {
    console.log(
      `\n${formatTable(experimentRows(results, prompt, 34), { headers: EXPERIMENT_HEADERS, columns: 100 })}\n`,
    );
    for (const note of experimentNotes(results)) console.log(wrap(`• ${note}`, 98).join("\n  "));
    const seconds = (performance.now() - started) / 1000;
    const command = commandLine(about.name, argv);
    leave(
      flags,
      describeExperiments({ base, device, exploration, source, prompt, results, seconds, command }),
    );
  }
  if (results.length < experiments.length) return 130;
  device.dispose();
  return 0;
}

function leave(
  flags: { out: string; json?: string },
  { report, json }: { report: Report; json: object },
): void {
  const path = writeReport(flags.out, report);
  writeFigures(join(flags.out, "figures"), report);
  console.log(`\nRapport : ${path}`);
  if (flags.json) writeFileSafely(flags.json, `${JSON.stringify(json, null, 2)}\n`);
}

await runMain(main);
