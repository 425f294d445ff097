/** The reader of the optimisation chapters: trained, pruned, distilled and quantized the same on every device. */
import { lossFrom } from "../../examples/transformer_course/distillation_lesson.ts";
import { evaluate, NumberReader, trained } from "../../examples/transformer_course/number_reader.ts";
import { typoExamples } from "../../examples/transformer_course/typos.ts";
import { manualSeed, prune, quantizeDynamic } from "../../src/index.ts";
import { assert, assertClose, type DeviceCase } from "./case.ts";

/** The first logits of the first text, after each reduction, as the CPU computes them. */
const LOGITS = {
  trained: [-0.155648, 0.032774, -0.751173, 0.091934],
  pruned: [-0.107894, -0.016343, -0.803523, 0.214073],
  distilled: [0.295733, -0.036632, -0.114716, 0.002989],
  quantized: [0.297153, -0.035696, -0.114045, 0.00282],
};

const SHAPE = { embedding: 4, width: 10, dropout: 0 };
const examples = typoExamples(48, 0.1, 7, 0);
const tests = typoExamples(10, 0.1, 7, 1);

async function firstLogits(model: NumberReader): Promise<number[]> {
  return Array.from((await evaluate(model, tests)).logits).slice(0, 4);
}

export const optimisationCases: DeviceCase[] = [
  {
    name: "optimisation chapters: a reader is trained and pruned",
    async run(device) {
      const training = { steps: 3, batchSize: 16, learningRate: 0.03 };
      const teacher = await trained(SHAPE, device, examples, training, 3);
      // Weights and mistakes are drawn alike: devices differ by f32 rounding, which three steps of Adam amplify.
      await assertClose(await firstLogits(teacher), LOGITS.trained, 2e-4, "trained");
      const masks = await prune.globalUnstructured(teacher, 0.5);
      assert(Math.abs(masks.sparsity - 0.5) < 1e-3, `${masks.sparsity} pruned`);
      // A weight whose magnitude is the limit to the last bits may stay on one device and go on another.
      await assertClose(await firstLogits(teacher), LOGITS.pruned, 5e-3, "pruned");
    },
  },
  {
    name: "optimisation chapters: a reader is distilled and quantized",
    async run(device) {
      manualSeed(3);
      const teacher = new NumberReader(SHAPE, device).eval();
      const training = { steps: 2, batchSize: 16, learningRate: 0.03 };
      const shape = { ...SHAPE, width: 6 };
      const student = await trained(shape, device, examples, training, 4, lossFrom(teacher, 4, 0.9));
      await assertClose(await firstLogits(student), LOGITS.distilled, 2e-4, "distilled");
      quantizeDynamic(student);
      // An activation near the middle between two integers may go either way: one step of a scale.
      await assertClose(await firstLogits(student), LOGITS.quantized, 5e-3, "quantized");
    },
  },
];
