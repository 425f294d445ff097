/** Where the decoder looks in the English text while it writes each French word. */
import { add, noGrad, relu, type Tensor, tensor, type TransformerDecoderLayer } from "../../src/index.ts";
import { heatMap } from "../support/charts.ts";
import { type Picture, picture } from "../support/lesson.ts";
import type { NumberTranslator } from "./model.ts";
import { END, SOURCE, START, TARGET } from "./tokens.ts";
import { translate } from "./translate.ts";

/** The cross-attention of one translation. */
export interface AttentionMaps {
  /** English words, columns of each map. */
  readonly source: readonly string[];
  /** French words, and `fin` for the end mark: rows of each map. */
  readonly target: readonly string[];
  readonly text: string;
  /** Layer, head, French word, English word; each row of weights sums to 1. */
  readonly weights: readonly (readonly (readonly Float32Array[])[])[];
}

/** Translates a source greedily, and reads the weights of each head on the way. */
export async function attentionMaps(
  model: NumberTranslator,
  source: ArrayLike<number>,
): Promise<AttentionMaps> {
  const [[{ text, ids }]] = await translate(model, [source]);
  const { device } = model.output.weight;
  const words = ids.length;
  const given = ids.at(-1) === END ? ids.slice(0, -1) : ids.slice(0, words - 1);
  const wasTraining = model.training;
  model.eval();
  const tensors = noGrad(() => {
    const encoded = model.encode(tensor([Array.from(source)], { device, dtype: "i32" })); // one text: no padding
    const x = model.embed(tensor([[START, ...given]], { device, dtype: "i32" }));
    return crossAttentions(model, x, encoded.memory).weights;
  });
  model.train(wasTraining);
  const weights: Float32Array[][][] = [];
  for (const layer of tensors) {
    const values = (await layer.data()) as Float32Array; // [1, heads, target, source]
    const [, heads, rows, columns] = layer.shape;
    weights.push(
      Array.from({ length: heads }, (_, head) =>
        Array.from({ length: rows }, (_, row) =>
          values.slice((head * rows + row) * columns, (head * rows + row + 1) * columns),
        ),
      ),
    );
    layer.dispose();
  }
  const target = ids.map((id) => (id === END ? "fin" : TARGET.decode([id])[0]));
  return { source: SOURCE.decode(source), target, text, weights };
}

/**
 * The decoder written out: what its forward pass does, with the weights of the attention on the memory kept. x is
 * [batch, target, width]; each of the weights is [batch, heads, target, source].
 */
export function crossAttentions(
  model: NumberTranslator,
  x: Tensor,
  memory: Tensor,
): { output: Tensor; weights: Tensor[] } {
  const weights: Tensor[] = [];
  for (const layer of model.decoder.layers as readonly TransformerDecoderLayer[]) {
    // normFirst: each part reads the normalised vectors and adds what it found to the vectors themselves.
    const own = layer.norm1.forward(x);
    x = add(x, layer.self_attn.forward(own, own, own, { causal: true }).output);
    const looked = layer.multihead_attn.forward(layer.norm2.forward(x), memory, memory, {
      needWeights: true,
      averageWeights: false,
    });
    weights.push(looked.weights!);
    x = add(x, looked.output);
    const wide = relu(layer.linear1.forward(layer.norm3.forward(x)));
    x = add(x, layer.linear2.forward(wide));
  }
  return { output: model.output.forward(model.decoder.norm!.forward(x)), weights };
}

/** A heat map for each head of each layer. */
export function attentionPictures({ source, target, weights }: AttentionMaps): Picture[] {
  const english = source.join(" ");
  return weights.flatMap((heads, layer) =>
    heads.map((matrix, head) =>
      picture(
        heatMap,
        {
          title: `Attention, couche ${layer + 1}, tête ${head + 1}`,
          matrix,
          rowLabels: target,
          columnLabels: source,
          rowTitle: "mot écrit",
          columnTitle: "mots lus",
          values: false,
          min: 0,
          max: 1,
        },
        `« ${english} » : chaque ligne dit où regarde cette tête pour écrire le mot ; ses poids font 1.`,
      ),
    ),
  );
}

/** For each French word the English one that the heads of a layer look at most, and with which weight, on average. */
export function mostLookedAt({ source, target, weights }: AttentionMaps, layer: number): string[][] {
  return target.map((word, row) => {
    const mean = source.map(
      (_, column) => weights[layer].reduce((sum, head) => sum + head[row][column], 0) / weights[layer].length,
    );
    const best = mean.indexOf(Math.max(...mean));
    return [word, source[best], `${Math.round(100 * mean[best])} %`];
  });
}
