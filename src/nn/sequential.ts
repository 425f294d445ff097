import { ValueError } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** A module that makes one tensor of another. */
export type Layer = Module & { forward(x: Tensor): Tensor };

/**
 * Layers one after the other, as torch.nn.Sequential; their names are their positions, so that the parameters are
 * called `0.weight`, `0.bias`, `2.weight` … Throws a ValueError for what is no module.
 */
export class Sequential extends Module {
  readonly #layers: Layer[];

  constructor(...layers: Layer[]) {
    super();
    for (const [i, layer] of layers.entries())
      if (!(layer instanceof Module)) throw new ValueError(`Sequential: layer ${i} is not a Module`);
    this.#layers = layers;
  }

  /** Number of layers. */
  get length(): number {
    return this.#layers.length;
  }

  /** The layer at a position; negative ones count from the end. Throws a ValueError when there is none. */
  at(position: number): Layer {
    const layer = this.#layers.at(position);
    if (!layer) throw new ValueError(`Sequential: no layer ${position} among ${this.length}`);
    return layer;
  }

  /** The layers in order. */
  [Symbol.iterator](): IterableIterator<Layer> {
    return this.#layers.values();
  }

  override children(): [string, Module][] {
    return this.#layers.map((layer, i) => [String(i), layer]);
  }

  override replaceChild(name: string, module: Module): void {
    this.#layers[Number(name)] = module as Layer;
  }

  /** x through all layers; x itself when there are none. */
  forward(x: Tensor): Tensor {
    let current = x;
    for (const [i, layer] of this.#layers.entries()) {
      current = layer.forward(current);
      if (!(current instanceof Tensor))
        throw new ValueError(
          `Sequential: layer ${i}, ${layer.constructor.name}, gives no tensor; ` +
            "take its output in a module of your own and put that in its place",
        );
    }
    return current;
  }
}
