/** The reader of the optimisation chapters: trained, pruned, distilled and quantized the same on every device. */
import { lossFrom } from "../../examples/transformer_course/distillation_lesson.ts";
import { copyOf, evaluate, trained } from "../../examples/transformer_course/number_reader.ts";
import { typoExamples } from "../../examples/transformer_course/typos.ts";
import { prune, quantizeDynamic } from "../../src/index.ts";
import { assert, assertClose, type DeviceCase } from "./case.ts";

/** The first logits of the first text, after each reduction, as the CPU computes them. */
const LOGITS = {
  trained: [-0.152026, -0.01771, -0.615973, 0.087211],
  pruned: [-0.091303, -0.053582, -0.565906, 0.162853],
  distilled: [0.31803, -0.033168, -0.130694, 0.020022],
  quantized: [-0.091964, -0.054009, -0.565154, 0.161317],
};

export const optimisationCases: DeviceCase[] = [
  {
    name: "optimisation chapters: a reader is trained, pruned, distilled and quantized",
    async run(device) {
      const examples = typoExamples(48, 0.1, 7, 0);
      const tests = typoExamples(10, 0.1, 7, 1);
      const shape = { embedding: 4, width: 10, dropout: 0.1 };
      const training = { steps: 3, batchSize: 16, learningRate: 0.03 };
      const first = async (model: Parameters<typeof evaluate>[0]): Promise<number[]> =>
        Array.from((await evaluate(model, tests)).logits).slice(0, 4);
      const teacher = await trained(shape, device, examples, training, 3);
      // Weights, mistakes and dropout are drawn alike: devices differ by f32 rounding, which three steps of Adam amplify.
      await assertClose(await first(teacher), LOGITS.trained, 2e-4, "trained");

      const state = await teacher.stateDict();
      const pruned = copyOf(teacher, state);
      const masks = await prune.globalUnstructured(pruned, 0.5);
      assert(Math.abs(masks.sparsity - 0.5) < 1e-3, `${masks.sparsity} pruned`);
      // A weight whose magnitude is the limit to the last bits may stay on one device and go on another.
      await assertClose(await first(pruned), LOGITS.pruned, 5e-3, "pruned");

      const student = await trained(
        { ...shape, width: 6, dropout: 0 },
        device,
        examples,
        training,
        4,
        lossFrom(teacher, 4, 0.9),
      );
      await assertClose(await first(student), LOGITS.distilled, 2e-4, "distilled");

      quantizeDynamic(pruned);
      // An activation near the middle between two integers may go either way: one step of a scale.
      await assertClose(await first(pruned), LOGITS.quantized, 5e-3, "quantized");
    },
  },
];
