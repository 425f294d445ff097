/** Any model that the Keras door saved: it reads numbers, since the file says nothing of words. */
import { FileFormatError, type HostArray, softmaxHost, ValueError } from "../../../src/index.ts";
import { loadModel, type Sequential } from "../../../src/keras/index.ts";
import type { ServedModel } from "../served_model.ts";
import type { ModelKind } from "./index.ts";
import { checkTokens, numbersOf } from "./numbers.ts";

export const KERAS: ModelKind = {
  saved: "model.save() de wgrad/keras",
  recognizes: ({ keras }) => keras !== undefined,
  load: (bytes, device, where) => servedKeras(loadModel(bytes, { device, where }), where),
};

/** A classifier of the Keras door behind the server. Throws a FileFormatError for a model that gives no classes. */
export function servedKeras(model: Sequential, where: string): ServedModel<readonly number[]> {
  const [, ...inputShape] = model.inputShape;
  const outputs = model.outputShape.at(-1);
  const last = model.layers.at(-1)!;
  const { activation } = last.config.options as { activation?: string };
  if (outputs === null || outputs === undefined || (outputs === 1 && activation !== "sigmoid"))
    throw new FileFormatError(
      `${where}: serve needs a classifier, and the model's last layer ${last.name} gives ` +
        `${outputs ?? "any number of"} output${outputs === 1 ? "" : "s"}${activation ? ` (${activation})` : ""}; ` +
        "end it with a softmax over the classes, or one sigmoid",
    );
  const count = inputShape.includes(null) ? null : inputShape.reduce<number>((n, size) => n * size!, 1);
  if (count === null && inputShape.length > 1)
    throw new FileFormatError(
      `${where}: serve cannot tell how many numbers make an input of shape [${inputShape.map((size) => size ?? "?").join(", ")}]`,
    );
  const { idLimit } = model;
  const length = count ?? 8;
  const example = (shift: number): string =>
    Array.from({ length }, (_, i) =>
      idLimit === null ? ((i + shift) % 10) / 10 : (i + shift) % idLimit,
    ).join(" ");
  const probabilitiesOf = (values: Float32Array): Float32Array => {
    if (values.length === 1) return Float32Array.of(1 - values[0], values[0]);
    return activation === "softmax" || activation === "sigmoid"
      ? values
      : Float32Array.from(softmaxHost(values));
  };
  return {
    title: `Modèle Keras « ${model.name} »`,
    device: model.device,
    parameters: model.countParams(),
    classes: Math.max(2, outputs),
    examples: Array.from({ length: 8 }, (_, i) => example(i)),
    label: (id) => `classe ${id}`,
    encode(input) {
      const numbers = numbersOf(input);
      if (idLimit !== null) checkTokens(numbers, count, idLimit);
      else if (count !== null && numbers.length !== count)
        throw new ValueError(`ce modèle lit ${count} nombres à la fois, et non ${numbers.length}`);
      return numbers;
    },
    async run(rows) {
      const answers = new Array<Float32Array>(rows.length);
      // Rows of one length share a pass; where the model takes any length there may be several.
      const byLength = new Map<number, number[]>();
      rows.forEach((row, i) => {
        byLength.set(row.length, [...(byLength.get(row.length) ?? []), i]);
      });
      for (const [size, places] of byLength) {
        const data = places.flatMap((i) => rows[i]);
        const x: HostArray =
          idLimit === null
            ? { data: Float32Array.from(data), shape: [places.length, ...shapeOf(inputShape, size)] }
            : { data: Int32Array.from(data), shape: [places.length, ...shapeOf(inputShape, size)] };
        const given = await model.predict(x, { batchSize: places.length, verbose: 0 });
        const perRow = given.data.length / places.length;
        places.forEach((place, i) => {
          answers[place] = probabilitiesOf(given.data.slice((i + 1) * perRow - outputs, (i + 1) * perRow));
        });
      }
      return answers;
    },
  };
}

function shapeOf(inputShape: readonly (number | null)[], size: number): number[] {
  return inputShape.includes(null) ? [size] : (inputShape as number[]);
}
