/**
 * The Transformer course, from a 3×3 attention to a full encoder-decoder and its training, part by part.
 *
 * Goal: compute every step by hand before a layer does it in one line. Attention, activations, masks, pieces of words,
 * positions, the blocks from Linear, matmul and softmax, then the same from nn.MultiheadAttention and nn.Transformer with
 * the same weights; the full model with its shapes and parameters; a training that only learns by heart, and why; what
 * makes a trained model smaller and faster. Where the course's own code slips, the part says so and shows the difference.
 *
 * Time: about a minute and a half of two CPU cores for all parts, --quick a quarter of that. The training part is at
 * reduced sizes; --full has the course's, 18.8 million parameters and 320 steps, at 2 to 4 minutes an epoch on two cores.
 * It was not timed on a GPU.
 *
 * Expect: numbers to check by hand (2.2716 3.2716 …), masks that are drawn, the shape of every tensor, 18.8 million
 * parameters, a validation loss that stays above ln of the vocabulary however far the training loss falls.
 *
 * Exercises:
 *   --section attention,masques   one part at a time; --list-sections names them
 *   --section tokens --vocab FILE the pieces of BERT in place of a small vocabulary
 *   --section entrainement --epochs 5, 40   when does the validation loss turn?
 *   --section entrainement --full   the course's sizes: does it learn its pairs in ten epochs?
 *   In transformer_course/attention.ts, make two keys the same: what becomes of the weights?
 *   In transformer_course/blocks.ts, leave out the shortcuts (`add`): does the training still get anywhere?
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { type Device, useDevice } from "../src/index.ts";
import { commandLine, Interruption, readFlagFile, runMain } from "./support/command.ts";
import { whyThisDevice } from "./support/device_text.ts";
import { ensureDirectory, ensureWritable, writeFileSafely, writeReport } from "./support/files.ts";
import { FlagError, parseFlags } from "./support/flags.ts";
import { formatDuration } from "./support/format.ts";
import { Lesson } from "./support/lesson.ts";
import { ProgressLine } from "./support/progress.ts";
import { decodeUtf8 } from "./support/utf8.ts";
import { activationsChapter } from "./transformer_course/activations.ts";
import { attentionChapter } from "./transformer_course/attention.ts";
import { blocksChapter } from "./transformer_course/blocks_chapter.ts";
import { ABOUT, FLAGS, sectionsFrom, settingsFrom } from "./transformer_course/flags.ts";
import { masksChapter } from "./transformer_course/masks.ts";
import { modelChapter } from "./transformer_course/model_chapter.ts";
import { optimisationChapter } from "./transformer_course/optimisation.ts";
import { positionsChapter } from "./transformer_course/positions.ts";
import { describeResults } from "./transformer_course/results.ts";
import { servingChapter } from "./transformer_course/serving.ts";
import { type Section, SECTIONS } from "./transformer_course/settings.ts";
import { tokensChapter } from "./transformer_course/tokens.ts";
import { Interrupted, trainingChapter } from "./transformer_course/training_chapter.ts";
import { readPieces } from "./transformer_course/word_piece.ts";

async function main(argv: string[]): Promise<number> {
  const started = performance.now();
  const flags = parseFlags(FLAGS, argv, ABOUT);
  if (flags.help || flags.listSections) {
    console.log(flags.help ?? SECTIONS.join("\n"));
    return 0;
  }
  // What cannot be used is better known before the first part than after it.
  const wanted = sectionsFrom(flags.section);
  const settings = settingsFrom(flags);
  const vocabulary = flags.vocab === undefined ? undefined : readVocabulary(flags.vocab);
  ensureDirectory(flags.out);
  if (flags.json !== undefined) ensureWritable(flags.json);
  const device = await useDevice(flags.device, { verify: flags.verify });
  console.log(`Appareil : ${device.description}\n           ${whyThisDevice(device.choice)}`);

  const lesson = new Lesson((line) => console.log(line), process.stdout.columns);
  const interruption = new Interruption();
  const options = { seed: flags.seed, quick: flags.quick, source: ownSource };
  const progress = (): { onStep: (state: StepState) => boolean; onEnd: () => void } => {
    const line = new ProgressLine();
    return {
      onStep: (state) => {
        line.update(state);
        return !interruption.requested;
      },
      onEnd: () => line.finish(),
    };
  };
  const parts: Record<Section, (device: Device) => Promise<unknown>> = {
    attention: () => attentionChapter(lesson, device, options),
    activations: () => activationsChapter(lesson, device, options),
    masques: () => masksChapter(lesson, device, options),
    tokens: () => tokensChapter(lesson, device, { ...options, vocabulary }),
    positions: () => positionsChapter(lesson, device, options),
    blocs: () => blocksChapter(lesson, device, options),
    modele: () => modelChapter(lesson, device, options),
    entrainement: () => trainingChapter(lesson, device, { ...options, settings, ...progress() }),
    optimisation: () => optimisationChapter(lesson, device, options),
    service: async () => servingChapter(lesson),
  };

  const facts: Partial<Record<Section, unknown>> = {};
  try {
    for (const section of SECTIONS) {
      if (!wanted.has(section)) continue;
      if (interruption.requested) throw new Interrupted();
      facts[section] = await parts[section](device);
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    console.log(
      "\nInterrompu. Pour ne refaire qu'une partie : --section, et --list-sections pour leurs noms.",
    );
    return 130;
  }
  interruption.close();

  // What is left behind: a report to look at, and numbers to compute with.
  const seconds = (performance.now() - started) / 1000;
  const { report, json } = describeResults({
    ...{ device, seed: flags.seed, settings, facts, chapters: lesson.chapters, seconds },
    command: commandLine(ABOUT.name, argv),
  });
  console.log(`\nDurée totale : ${formatDuration(seconds)}\nRapport : ${writeReport(flags.out, report)}`);
  if (flags.json) writeFileSafely(flags.json, `${JSON.stringify(json, null, 2)}\n`);
  device.dispose();
  return 0;
}

interface StepState {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
}

/** The text of a file of the course: what a part prints is what it runs. */
function ownSource(file: string): string {
  return readFileSync(new URL(`./transformer_course/${file}`, import.meta.url), "utf8");
}

function readVocabulary(path: string): { pieces: string[]; name: string } {
  try {
    return { pieces: readPieces(decodeUtf8(readFlagFile("vocab", path), path), path), name: path };
  } catch (error) {
    throw new FlagError(`--vocab: ${(error as Error).message.replace(/^--vocab: /, "")}`);
  }
}

await runMain(main);
