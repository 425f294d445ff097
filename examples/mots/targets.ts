/** What a model is asked: from sentences as ids to inputs and targets, in the notebook's three ways. */
import { type Generator, type HostArray, padSequences } from "../../src/index.ts";

/** Inputs [rows, width] and the ids that should come out, [rows] or [rows, width]. */
export interface Examples {
  readonly x: HostArray<Int32Array>;
  readonly targets: HostArray<Int32Array>;
}

/** Beginnings of sentences and the word behind each. */
export interface Cuts {
  readonly beginnings: readonly Int32Array[];
  readonly answers: Int32Array;
}

/** Every sentence without its last word, which is the answer. */
export function cutLastWord(sentences: readonly Int32Array[]): Cuts {
  return {
    beginnings: sentences.map((ids) => ids.subarray(0, -1)),
    answers: Int32Array.from(sentences, (ids) => ids[ids.length - 1]),
  };
}

/** Every sentence cut at a random word, `repeats` times; the word at the cut is the answer. */
export function cutAtRandom(sentences: readonly Int32Array[], repeats: number, generator: Generator): Cuts {
  const beginnings: Int32Array[] = [];
  const answers: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++)
    for (const ids of sentences) {
      const cut = 1 + generator.integer(ids.length - 1);
      beginnings.push(ids.subarray(0, cut));
      answers.push(ids[cut]);
    }
  return { beginnings, answers: Int32Array.from(answers) };
}

/** Every sentence cut at each of its words, once: what all random cuts come to. */
export function cutEverywhere(sentences: readonly Int32Array[]): Cuts {
  const cuts = sentences.flatMap((ids) => Array.from(ids.subarray(1), (_, i) => ids.subarray(0, i + 2)));
  return cutLastWord(cuts);
}

/** Many-to-one: a padded beginning, one answer. */
export function oneAnswer({ beginnings, answers }: Cuts, width: number): Examples {
  const x = padSequences(beginnings, { maxLength: width, padding: "post" });
  return { x, targets: { data: answers, shape: [answers.length] } };
}

/**
 * Many-to-many as the notebook has it: a row's target is the row shifted by one, with the answer in the last column.
 * Where a beginning is shorter than the row, that is behind the padding, and the position right after the last word
 * is asked for padding (0), not for the answer.
 */
export function shiftedAnswers(cuts: Cuts, width: number): Examples {
  const { x } = oneAnswer(cuts, width);
  const data = new Int32Array(x.data.length);
  cuts.answers.forEach((answer, row) => {
    const start = row * width;
    data.set(x.data.subarray(start + 1, start + width), start);
    data[start + width - 1] = answer;
  });
  return { x, targets: { data, shape: x.shape } };
}
