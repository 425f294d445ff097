import type { HostArray } from "../data/batch.ts";
import type { Dataset } from "../data/dataset.ts";
import { checkOptions, ValueError } from "../errors.ts";

/** Options of CharacterWindows. */
export interface CharacterWindowsOptions {
  /** Characters per window. */
  window: number;
  /** Characters from the start of one window to the start of the next; default 1. */
  stride?: number;
  /** `last`: the character after the window (default). `every`: at each place, the character that follows it. */
  target?: "last" | "every";
}

/** A batch of B windows of W characters; a sample is the same without the first axis. */
export type WindowBatch = {
  /** Ids [B, W]. */
  readonly inputs: HostArray<Int32Array>;
  /** Ids [B] for the target `last`, [B, W] for `every`. */
  readonly targets: HostArray<Int32Array>;
};

/** Windows that slide over an encoded text, each with what comes next; n − W of them at stride 1. */
export class CharacterWindows implements Dataset<WindowBatch> {
  /** Number of windows. */
  readonly length: number;
  readonly window: number;
  readonly stride: number;
  readonly target: "last" | "every";
  readonly #ids: Int32Array;

  /** `ids` is not copied. Throws a ValueError when the text is shorter than one window and its next character. */
  constructor(ids: Int32Array, options: CharacterWindowsOptions) {
    checkOptions("CharacterWindows", options, ["window", "stride", "target"]);
    const { window, stride = 1, target = "last" } = options;
    for (const [name, value] of Object.entries({ window, stride }))
      if (!Number.isInteger(value) || value < 1)
        throw new ValueError(`CharacterWindows: ${name} is ${value}, expected a whole number from 1`);
    if (target !== "last" && target !== "every")
      throw new ValueError(`CharacterWindows: target is "${target}", expected "last" or "every"`);
    if (ids.length < window + 1)
      throw new ValueError(
        `the text has ${ids.length} characters, fewer than one window of ${window} and its next character; ` +
          "use a shorter --window or a longer text",
      );
    this.length = Math.floor((ids.length - window - 1) / stride) + 1;
    this.window = window;
    this.stride = stride;
    this.target = target;
    this.#ids = ids;
  }

  /** One window, inputs [W]; throws a ValueError for an index outside 0 … length − 1. */
  get(index: number): WindowBatch {
    const { inputs, targets } = this.batch([index]);
    return {
      inputs: { data: inputs.data, shape: inputs.shape.slice(1) },
      targets: { data: targets.data, shape: targets.shape.slice(1) },
    };
  }

  /** Several windows, inputs [B, W]; throws a ValueError for an index outside 0 … length − 1. */
  batch(indices: ArrayLike<number>): WindowBatch {
    const { window, stride } = this;
    const batch = indices.length;
    const perWindow = this.target === "every" ? window : 1;
    const inputs = new Int32Array(batch * window);
    const targets = new Int32Array(batch * perWindow);
    for (let row = 0; row < batch; row++) {
      const index = indices[row];
      if (!Number.isInteger(index) || index < 0 || index >= this.length)
        throw new ValueError(
          `CharacterWindows: there is no window ${index}, they are 0 to ${this.length - 1}`,
        );
      const start = index * stride;
      const end = start + window;
      inputs.set(this.#ids.subarray(start, end), row * window);
      targets.set(this.#ids.subarray(end + 1 - perWindow, end + 1), row * perWindow);
    }
    return {
      inputs: { data: inputs, shape: [batch, window] },
      targets: { data: targets, shape: this.target === "every" ? [batch, window] : [batch] },
    };
  }
}
