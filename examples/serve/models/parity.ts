/** The parity model of `npm start -- parite --save FILE`: is the sum of the first and the last number even? */
import { noGrad, softmax, tensor } from "../../../src/index.ts";
import { ParityTraining } from "../../parite/training.ts";
import { NOTEBOOK_SAMPLE } from "../../parite/settings.ts";
import type { ServedModel } from "../served_model.ts";
import type { ModelKind } from "./index.ts";
import { checkTokens, numbersOf } from "./numbers.ts";

export const PARITY: ModelKind = {
  saved: "parite --save",
  recognizes: ({ settings, generator }) =>
    typeof (settings as { vocabulary?: unknown } | undefined)?.vocabulary === "number" &&
    generator !== undefined,
  load: (bytes, device, where) => servedParity(ParityTraining.resume(bytes, device, {}, where)),
};

/** A trained model behind the server. */
export function servedParity({ model, device, settings }: ParityTraining): ServedModel<readonly number[]> {
  const { vocabulary, length } = settings;
  model.eval();
  // Sequences that the model knows: the notebook's, turned round step by step.
  const sample = Array.from({ length }, (_, i) => NOTEBOOK_SAMPLE[i % NOTEBOOK_SAMPLE.length] % vocabulary);
  const examples = sample.map((_, i) => [...sample.slice(i), ...sample.slice(0, i)].join(" "));
  return {
    title: "Parité de la somme du premier et du dernier nombre",
    device,
    parameters: model.countParameters(),
    classes: 2,
    examples,
    label: (id) => ["impaire", "paire"][id],
    encode(input) {
      const numbers = numbersOf(input);
      checkTokens(numbers, length, vocabulary);
      return numbers;
    },
    async run(rows) {
      const ids = tensor(rows.flat(), { shape: [rows.length, length], device, dtype: "i32" });
      const probabilities = noGrad(() => softmax(model.forward(ids), 1));
      const values = await probabilities.data();
      for (const used of [ids, probabilities]) used.dispose();
      return rows.map((_, i) => Float32Array.from(values.subarray(2 * i, 2 * i + 2)));
    },
  };
}
