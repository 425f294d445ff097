/** The Molière example's training and generation, as the command line and the page use them. */
import { COMEDIE } from "../../examples/data/comedie.ts";
import { compareModels, type LargerModel, loadWriter, writerOf } from "../../examples/moliere/comparison.ts";
import { experimentsFor, runExperiment } from "../../examples/moliere/experiments.ts";
import { generateTexts, promptWindow } from "../../examples/moliere/generation.ts";
import { trainBeside } from "../../examples/moliere/beside.ts";
import type { CharacterState } from "../../examples/moliere/character_model.ts";
import { QUICK, type Settings } from "../../examples/moliere/settings.ts";
import { MoliereTraining } from "../../examples/moliere/training.ts";
import {
  type Device,
  noGrad,
  openDevice,
  packCheckpoint,
  tensor,
  unpackCheckpoint,
} from "../../src/index.ts";
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase } from "./case.ts";

const TEXT = COMEDIE.slice(0, 700);
/** Seven steps an epoch, the last one shorter; so stops fall inside and at the end of an epoch. */
const SMALL: Settings = {
  ...QUICK,
  window: 12,
  stride: 12,
  batchSize: 9,
  embedding: 6,
  units: 10,
  dropout: 0.3,
  epochs: 2,
  steps: 11,
};

const silent = (): void => undefined;

const TRANSFORMER: Settings = { ...SMALL, model: "transformer", units: 16, heads: 2, layers: 1 };

/** The first losses of `SMALL` with a GRU, at every position. */
const GRU_LOSSES = [3.8262966, 3.8198354, 3.7927141, 3.8094895, 3.7660973, 3.6722422];

/** Trains until this many steps are started. */
async function runFor(training: MoliereTraining, steps: number): Promise<boolean> {
  let started = training.step;
  return training.run(silent, () => ++started >= steps);
}

/** A trained model's parameters, one after the other. */
async function weightsOf(training: MoliereTraining): Promise<number[]> {
  const all = await Promise.all([...training.model.parameters()].map((parameter) => parameter.data()));
  return all.flatMap((values) => [...values]);
}

function resumeCase(name: string, settings: Settings, stops: readonly number[]): DeviceCase {
  return {
    name: `Molière: a run that is stopped and resumed ends as one that is not, ${name}`,
    async run(device) {
      const whole = new MoliereTraining(TEXT, settings, device);
      assert(await whole.run(silent), "the run is not complete");
      let training = new MoliereTraining(TEXT, settings, device);
      for (const stop of stops) {
        assert(!(await runFor(training, stop)), "the run is complete already");
        assert(training.step === stop, `stopped after ${training.step} steps, asked for ${stop}`);
        training = MoliereTraining.resume(await training.checkpoint(), TEXT, device);
      }
      assert(await training.run(silent), "the resumed run is not complete");
      // To the last bit: on one device the same launches give the same numbers.
      await assertEqual(training.history.losses, whole.history.losses, "losses");
      await assertEqual(training.history.accuracies, whole.history.accuracies, "accuracies");
      await assertEqual(await weightsOf(training), await weightsOf(whole), "weights");
    },
  };
}

/** A model that has learnt a little, so that its scores differ. */
async function trained(device: Device, settings: Partial<Settings> = {}): Promise<MoliereTraining> {
  const training = new MoliereTraining(TEXT, { ...SMALL, ...settings }, device);
  await training.run(silent);
  training.model.eval();
  return training;
}

export const exampleCases: DeviceCase[] = [
  resumeCase("predicting at every position, stopped in and after an epoch", SMALL, [3, 7, 8]),
  resumeCase(
    "predicting the last character, two layers, clipped",
    { ...SMALL, layers: 2, predict: "last" },
    [5],
  ),
  resumeCase("with a GRU", { ...SMALL, model: "gru", layers: 2 }, [4]),
  resumeCase("with a Transformer", TRANSFORMER, [5]),
  {
    name: "Molière: the losses of a run with a GRU",
    async run(device) {
      const training = new MoliereTraining(
        TEXT,
        { ...SMALL, model: "gru", steps: GRU_LOSSES.length },
        device,
      );
      await training.run(silent);
      // Weights, dropout masks and the order of windows are the same everywhere; devices differ by f32 rounding, which
      // six steps of Adam carry along. A setting that differs moves a loss by 1e-3 and more.
      await assertClose(training.history.losses, GRU_LOSSES, 5e-5, "losses");
      assert(
        training.model.namedParameters().some(([name]) => name === "gru.weight_hh_l0"),
        "the model has no GRU",
      );
    },
  },
  {
    name: "Molière: a checkpoint of before there was a choice of cells is an LSTM's",
    async run(device) {
      const training = new MoliereTraining(TEXT, { ...SMALL, steps: 2 }, device);
      await training.run(silent);
      const { model, optimizer, state } = unpackCheckpoint(await training.checkpoint());
      const { model: _, ...settings } = (state as { settings: Settings }).settings;
      const old = packCheckpoint({ model, optimizer, state: { ...state, settings } });
      const resumed = MoliereTraining.resume(old, TEXT, device);
      await assertEqual(await weightsOf(resumed), await weightsOf(training), "weights");
      assert(resumed.settings.model === "lstm", `the model is ${resumed.settings.model}`);
      const writer = loadWriter(old, device, "out/old.safetensors");
      assert(writer.name === "old.safetensors (LSTM 10)", writer.name);
      assert(writer.parameters === training.model.countParameters(), `${writer.parameters} parameters`);
    },
  },
  {
    name: "Molière: experiments change one thing each, and models are compared on one prompt",
    async run(device) {
      const base: Settings = { ...SMALL, steps: 2, epochs: 2 };
      const experiments = experimentsFor(base);
      assert(
        new Set(experiments.map(({ name }) => name)).size === experiments.length &&
          experiments.slice(1).every(({ changed }) => Object.keys(changed).length === 1),
        JSON.stringify(experiments),
      );
      const options = { prompt: "Le ", temperature: 0.8, length: 3 };
      const picked = [
        experiments[0],
        ...experiments.filter(({ changed }) => changed.model ?? changed.layers),
      ];
      const results = [];
      for (const experiment of picked) {
        const result = await runExperiment(TEXT, experiment, base, device, options);
        assert(result !== undefined && result.losses.length === 2, `${experiment.name} did not end`);
        assert(result.sample.startsWith("Le ") && result.sample.length === 6, result.sample);
        results.push(result);
      }
      assert(
        new Set(results.map(({ parameters }) => parameters)).size === results.length,
        "two experiments trained the same model",
      );
      const stopped = await runExperiment(TEXT, picked[0], base, device, {
        ...options,
        shouldStop: () => true,
      });
      assert(stopped === undefined, "a stopped experiment has a result");

      const training = await trained(device, { model: "gru" });
      const ours = writerOf(training, "le nôtre", TEXT.length);
      const parrot: LargerModel = {
        name: "perroquet",
        parameters: 0,
        tokens: "mots",
        trainedOn: "rien",
        generate: async (prompt) => `${prompt}comédie xyzzy quatre actes`,
      };
      const [first, second] = await compareModels([ours, parrot], "Le ", { ...options, seed: 1 }, TEXT);
      assert(first.text.startsWith("Le ") && first.text.length === 6, first.text);
      // Of comédie, xyzzy and quatre (the last word may be cut off) the text has the first.
      await assertClose([second.knownWords], [1 / 3], 1e-12, "known words");
    },
  },
  {
    name: "Molière: measuring the time of a step leaves no trace",
    async run(device) {
      const plain = new MoliereTraining(TEXT, SMALL, device);
      await plain.run(silent);
      const measured = new MoliereTraining(TEXT, SMALL, device);
      assert((await measured.measureStep()) > 0, "a step took no time");
      await measured.run(silent);
      await assertEqual(measured.history.losses, plain.history.losses, "losses");
    },
  },
  ...(["lstm", "gru", "transformer"] as const).map(
    (model): DeviceCase => ({
      name: `Molière: both ways of sampling give one distribution for the first character, ${model}`,
      async run(device) {
        const { model: reader, vocabulary, settings } = await trained(device, { ...TRANSFORMER, model });
        const ids = promptWindow(vocabulary, "Le ", settings.window);
        const ask = (part: number[], state?: CharacterState) =>
          noGrad(() => reader.next(tensor([part], { device, dtype: "i32" }), state));
        const window = await ask(ids).logits.data();
        let step = ask(ids.slice(0, 1));
        for (const id of ids.slice(1)) step = ask([id], step.state);
        // The same sums, in launches of other sizes.
        await assertClose(step.logits, window, 1e-5, "logits");

        const options = {
          prompt: "Le ",
          temperatures: [0.5, 1, 2],
          length: 1,
          window: settings.window,
          seed: 3,
        };
        const slid = await generateTexts(reader, vocabulary, { ...options, sampling: "window" });
        const carried = await generateTexts(reader, vocabulary, { ...options, sampling: "stateful" });
        assert(slid.join("|") === carried.join("|"), `${slid.join("|")} and ${carried.join("|")}`);
        assert(
          slid.every((text) => text.startsWith("Le ") && text.length === 4),
          slid.join("|"),
        );
      },
    }),
  ),
  {
    name: "Molière: texts repeat with the seed, and stop when they are told to",
    async run(device) {
      const { model, vocabulary, settings } = await trained(device);
      const options = {
        prompt: "Le",
        temperatures: [1],
        length: 12,
        window: settings.window,
        seed: 1,
      } as const;
      const write = (seed: number, sampling: "window" | "stateful" = "stateful") =>
        generateTexts(model, vocabulary, { ...options, seed, sampling });
      const [first] = await write(1);
      assert((await write(1))[0] === first, "the same seed wrote another text");
      assert((await write(2))[0] !== first, "another seed wrote the same text");
      const seen: number[] = [];
      const [short] = await generateTexts(model, vocabulary, {
        ...options,
        sampling: "window",
        onCharacter: ([text]) => seen.push(text.length) < 3,
      });
      assert(short.length === 5 && seen.join() === "3,4,5", `${short}, ${seen.join()}`);
      assert(!model.training, "generation left the model in training mode");
      for (const [prompt, message] of [
        ["", "the prompt is empty"],
        ["Le Ж", 'lacks "Ж" (U+0416) at position 3'],
      ])
        await assertThrows(
          () => generateTexts(model, vocabulary, { ...options, prompt, sampling: "window" }),
          message,
        );
    },
  },
  {
    name: "Molière: a Transformer writes on behind its window, and an LSTM of its size is trained beside it",
    async run(device) {
      const training = await trained(device, TRANSFORMER);
      const { model, vocabulary, settings } = training;
      const { window } = settings;
      const before = device.stats().liveBytes;
      const [long] = await generateTexts(model, vocabulary, {
        ...{ prompt: "Le ", temperatures: [1], length: 2 * window + 3, window, seed: 2 },
        sampling: "stateful",
      });
      assert(long.length === 3 + 2 * window + 3, `${long.length} characters`);
      await device.finish();
      assert(device.stats().liveBytes <= before, "keys and values were left on the device");

      const speed = { charactersPerSecond: 1, seconds: 1 };
      const options = { prompt: "Le ", temperature: 0.8, length: 4 };
      const results = await trainBeside(training, speed, TEXT, device, options);
      assert(results !== undefined, "the LSTM did not end");
      const [transformer, lstm] = results;
      assert(lstm.losses.length === transformer.losses.length, "not as many steps");
      // At so small a size embeddings and biases weigh most; at the sample's size the two are within a tenth.
      const ratio = transformer.parameters / lstm.parameters;
      assert(ratio > 0.5 && ratio < 2, `${transformer.parameters} and ${lstm.parameters} parameters`);
      const stopped = await trainBeside(training, speed, TEXT, device, {
        ...options,
        shouldStop: () => true,
      });
      assert(stopped === undefined, "a stopped comparison has a result");
    },
  },
  {
    name: "Molière: a loss that is not a number stops the run and stays out of the history",
    async run(device) {
      const training = new MoliereTraining(TEXT, { ...SMALL, learningRate: 1e38, clip: 0 }, device);
      await assertThrows(() => training.run(silent), "training diverged; use a smaller --lr or --clip 1");
      assert(training.step >= 1 && training.step < 11, `it stopped after ${training.step} steps`);
      assert(training.history.losses.every(Number.isFinite), `losses ${training.history.losses.join()}`);
    },
  },
  {
    name: "Molière: verify names the kernel that the loss stopped being a number in",
    async run({ kind }) {
      const device = await openDevice(kind, { verify: true });
      const training = new MoliereTraining(TEXT, { ...SMALL, learningRate: 1e38, clip: 0 }, device);
      await assertThrows(() => training.run(silent), "verify: launch ");
      device.dispose();
    },
  },
  {
    name: "Molière: a checkpoint of another model, text or program is refused",
    async run(device) {
      const training = new MoliereTraining(TEXT, { ...SMALL, steps: 1 }, device);
      await training.run(silent);
      const bytes = await training.checkpoint();
      const resume = (part: Uint8Array, text = TEXT, changed: Partial<Settings> = {}) =>
        MoliereTraining.resume(part, text, device, changed, "a.safetensors");
      await assertThrows(() => resume(bytes, TEXT, { units: 11 }), "a.safetensors is of another model: ");
      await assertThrows(() => resume(bytes, `${TEXT}!`), "a.safetensors was trained on another text");
      for (const length of [0, 7, 1000, bytes.length - 1])
        await assertThrows(() => resume(bytes.slice(0, length)), "a.safetensors");
      await assertThrows(() => resume(new TextEncoder().encode("not a checkpoint")), "a.safetensors");
    },
  },
];
