/** The parity example's training, prediction and evaluation, as the command line and the page use them. */
import { evaluate } from "../../examples/parite/evaluation.ts";
import { keptPerStep, predict } from "../../examples/parite/model.ts";
import { LEARNING, NOTEBOOK, NOTEBOOK_SAMPLE, type Settings } from "../../examples/parite/settings.ts";
import { ParityTraining } from "../../examples/parite/training.ts";
import type { Device } from "../../src/index.ts";
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase } from "./case.ts";

/** Few tokens and a short way from the first to the last: learnt in some 60 steps. */
const SMALL: Settings = {
  ...LEARNING,
  vocabulary: 4,
  length: 4,
  embedding: 8,
  units: 16,
  batchSize: 20,
  learningRate: 0.02,
  steps: 150,
  goal: 0.9,
  seed: 5,
};

/** The first losses of the notebook's settings and of those that learn. */
const FIRST = [0.698893, 0.6970432, 0.6923761, 0.6959924, 0.701399];
const SECOND = [0.6913075, 0.7144687, 0.7095061, 0.7104769, 0.7207175];

async function train(settings: Settings, device: Device, steps = settings.steps): Promise<ParityTraining> {
  const training = await ParityTraining.start(settings, device);
  for await (const { step } of training.run()) if (step >= steps) break;
  return training;
}

export const pariteCases: DeviceCase[] = [
  {
    name: "parity example: the forget gate's start, and the notebook's sample",
    async run(device) {
      const { model } = await ParityTraining.start(LEARNING, device);
      await assertClose([await keptPerStep(model)], [1 / (1 + Math.exp(-3))], 1e-6, "kept per step");
      // PyTorch's two biases lie within ±1/8 each.
      const kept = await keptPerStep((await ParityTraining.start(NOTEBOOK, device)).model);
      assert(kept > 0.45 && kept < 0.55, `PyTorch's start keeps ${kept} per step`);
      const { answer, probabilities } = await predict(model, NOTEBOOK_SAMPLE);
      assert(answer === (probabilities[1] > probabilities[0] ? 1 : 0), `${answer}: ${probabilities.join()}`);
      await assertThrows(() => predict(model, [50, 0]), "id 50 at [0, 0] is outside the table of 50 rows");
    },
  },
  {
    name: "parity example: the first losses of both runs",
    async run(device) {
      const [first, second] = [
        await train(NOTEBOOK, device, FIRST.length),
        await train(LEARNING, device, SECOND.length),
      ];
      // Weights and sequences are drawn on the host, so devices differ by f32 rounding only, which five steps of
      // Adam carry along; a seed or setting that differs moves a loss by 1e-3 and more.
      await assertClose(first.losses, FIRST, 2e-5, "the notebook's losses");
      await assertClose(second.losses, SECOND, 2e-5, "losses with an open forget gate");
    },
  },
  {
    name: "parity example: it learns the rule, and looks at both ends only",
    async run(device) {
      const training = await train(SMALL, device);
      assert(training.goalReached, `accuracy ${training.recentAccuracy} after ${training.step} steps`);
      assert(training.step < SMALL.steps, "the goal did not end the run");
      const { accuracy, byParity, influence } = await evaluate(training.model, SMALL, 200);
      assert(accuracy > 0.95, `accuracy ${accuracy} on fresh sequences`);
      assert(
        byParity.map(({ label }) => label).join() === "1,0,0,1" &&
          byParity.reduce((sum, { count }) => sum + count, 0) === 200,
        JSON.stringify(byParity),
      );
      assert(
        influence.every((share, i) => (i === 0 || i === 3 ? share > 0.9 : share < 0.1)),
        `influence ${influence.join()}`,
      );
      for (const [sequence, label] of [
        [[1, 0, 0, 3], 1],
        [[1, 0, 0, 2], 0],
      ] as const) {
        const { answer, probabilities } = await predict(training.model, sequence);
        assert(answer === label && probabilities[label] > 0.8, `${sequence}: ${probabilities.join()}`);
        await assertClose([probabilities[0] + probabilities[1]], [1], 1e-6, "sum of the probabilities");
      }
    },
  },
  {
    name: "parity example: a run that is stopped and resumed ends as one that is not",
    async run(device) {
      const settings = { ...SMALL, steps: 9 };
      const whole = await train(settings, device);
      const part = await train(settings, device, 4);
      const resumed = ParityTraining.resume(await part.checkpoint(), device);
      assert(resumed.step === 4 && !resumed.complete, `resumed at step ${resumed.step}`);
      for await (const _ of resumed.run());
      assert(resumed.complete, "the resumed run is not complete");
      // To the last bit: on one device the same launches give the same numbers.
      await assertEqual(resumed.losses, whole.losses, "losses");
      await assertEqual(resumed.accuracies, whole.accuracies, "accuracies");
      const bytes = await part.checkpoint();
      await assertThrows(
        () => ParityTraining.resume(bytes, device, { units: 17 }, "p.safetensors"),
        "p.safetensors is of another model",
      );
      await assertThrows(
        () => ParityTraining.resume(bytes.slice(0, 900), device, {}, "p.safetensors"),
        "p.safetensors",
      );
    },
  },
  {
    name: "parity example: a loss that is not a number stops the run",
    async run(device) {
      await assertThrows(
        () => train({ ...SMALL, learningRate: 1e38 }, device),
        "training diverged; use a smaller --lr",
      );
    },
  },
];
