/** How long does a training step of a recurrent model take, beside other engines on the same adapter? */
import type { Device } from "../src/index.ts";
import { COMPARED_LOSSES } from "./contenders.ts";
import { pair } from "./paired.ts";
import type { Answer, Figures, Setting } from "./question.ts";
import { sequenceEntries, sequenceOperations, type SequenceShape } from "./sequence.ts";

const PLAIN = { masked: false, dropout: 0, recurrentDropout: 0 } as const;
/** Characters of a play, 80 of them. */
export const MOLIERE: SequenceShape = {
  cell: "lstm",
  batch: 64,
  time: 60,
  embedding: 128,
  hidden: 256,
  vocabulary: 80,
  from: "every",
  classes: 80,
  ...PLAIN,
};
/** Words of film reviews, good or bad. */
export const IMDB: SequenceShape = {
  cell: "lstm",
  batch: 128,
  time: 200,
  embedding: 128,
  hidden: 64,
  vocabulary: 5000,
  from: "last",
  classes: 1,
  ...PLAIN,
};

interface Case {
  name: string;
  shape: SequenceShape;
}

const LSTM_CASES: readonly Case[] = [
  { name: "Molière, from every position", shape: MOLIERE },
  { name: "Molière, from the last state", shape: { ...MOLIERE, from: "last" } },
  { name: "IMDB", shape: IMDB },
  { name: "IMDB, masked", shape: { ...IMDB, masked: true } },
  { name: "IMDB, both dropouts", shape: { ...IMDB, dropout: 0.2, recurrentDropout: 0.2 } },
];
const SMALL_CASES: readonly Case[] = [
  {
    name: "a small one, from every position",
    shape: { ...MOLIERE, batch: 32, time: 30, embedding: 64, hidden: 64 },
  },
];
const GRU_CASES: readonly Case[] = [
  { name: "Molière, from every position, reset before the product", shape: { ...MOLIERE, cell: "gru" } },
  { name: "Molière, from every position, reset after the product", shape: { ...MOLIERE, cell: "gru_after" } },
];

const quickened = ({ name, shape }: Case): Case => ({
  name,
  shape: { ...shape, batch: 4, time: 6, embedding: 8, hidden: 8, vocabulary: Math.min(shape.vocabulary, 30) },
});

/** Losses of the first steps, rounded in other orders and then stepped by Adam, which divides by √v. */
const TOLERANCE = 2e-3;
/** Engines draw their dropouts differently: the same model without them is in the same list. */
const DRAWN_TOLERANCE = 0.2;

async function ask(device: Device, setting: Setting, cases: readonly Case[]): Promise<Answer> {
  const texts: string[] = [];
  const runs: Figures[] = [];
  const wrong: string[] = [];
  for (const { name, shape } of setting.quick ? cases.map(quickened) : cases) {
    const { entries, absent } = sequenceEntries(device, shape, setting.peers);
    const draws = shape.dropout > 0 || shape.recurrentDropout > 0;
    const outcome = await pair(
      {
        entries,
        tolerance: draws ? DRAWN_TOLERANCE : TOLERANCE,
        warmUp: COMPARED_LOSSES,
        budgetMilliseconds: setting.quick ? 100 : 20_000,
        flop: sequenceOperations(shape),
      },
      setting,
    );
    const { batch, time, embedding, hidden, vocabulary } = shape;
    const about = `batch ${batch}, T ${time}, embedding ${embedding}, hidden ${hidden}, vocabulary ${vocabulary}`;
    texts.push([`${name}: ${about}`, "", outcome.text, ...absent].join("\n"));
    runs.push({
      name,
      ...shape,
      masked: shape.masked ? 1 : 0,
      ...outcome.figures,
      absent: absent.join("; "),
    });
    wrong.push(...outcome.wrong.map((engine) => `${engine} in ${name}`));
  }
  return { text: texts.join("\n\n"), figures: { runs }, wrong };
}

export function lstmTraining(device: Device, setting: Setting): Promise<Answer> {
  return ask(device, setting, LSTM_CASES);
}

/** Small enough for the software adapter of a browser. */
export function smallLstmTraining(device: Device, setting: Setting): Promise<Answer> {
  return ask(device, setting, SMALL_CASES);
}

export function gruTraining(device: Device, setting: Setting): Promise<Answer> {
  return ask(device, setting, GRU_CASES);
}
