/** The written-out blocks beside the library's: the same weights, under PyTorch's names. */
import type { StateDict } from "../../src/index.ts";
import type { WrittenAttention, WrittenBlock, WrittenDecoderBlock } from "./blocks.ts";
import type { WrittenTransformer } from "./model.ts";

/** The three projections as one weight, and the biases that the written-out ones do not have. */
export async function attentionState(attention: WrittenAttention, prefix = ""): Promise<StateDict> {
  const own = await attention.stateDict();
  const [q, k, v] = ["queries", "keys", "values"].map((name) => own.get(`${name}.weight`)!.data);
  const width = own.get("fcOut.bias")!.data.length;
  const packed = new Float32Array(3 * width * width);
  for (const [i, part] of [q, k, v].entries()) packed.set(part, i * width * width); // q, k, v l'une sous l'autre
  return new Map([
    [`${prefix}in_proj_weight`, { shape: [3 * width, width], dtype: "f32", data: packed }],
    [`${prefix}in_proj_bias`, { shape: [3 * width], dtype: "f32", data: new Float32Array(3 * width) }],
    [`${prefix}out_proj.weight`, own.get("fcOut.weight")!],
    [`${prefix}out_proj.bias`, own.get("fcOut.bias")!],
  ]);
}

/** Entries of a state under other names. */
function renamed(state: StateDict, names: Readonly<Record<string, string>>, prefix: string): StateDict {
  const found: StateDict = new Map();
  for (const [from, to] of Object.entries(names))
    for (const part of ["weight", "bias"]) found.set(`${prefix}${to}.${part}`, state.get(`${from}.${part}`)!);
  return found;
}

/** Weights for a TransformerEncoderLayer. */
export async function encoderLayerState(block: WrittenBlock, prefix = ""): Promise<StateDict> {
  const own = await block.stateDict();
  const same = { linear1: "linear1", linear2: "linear2", norm1: "norm1", norm2: "norm2" };
  return new Map([
    ...(await attentionState(block.attention, `${prefix}self_attn.`)),
    ...renamed(own, same, prefix),
  ]);
}

/** Weights for a TransformerDecoderLayer. */
export async function decoderLayerState(written: WrittenDecoderBlock, prefix = ""): Promise<StateDict> {
  const own = await written.stateDict();
  const names = {
    norm: "norm1",
    "block.norm1": "norm2",
    "block.norm2": "norm3",
    "block.linear1": "linear1",
    "block.linear2": "linear2",
  };
  return new Map([
    ...(await attentionState(written.attention, `${prefix}self_attn.`)),
    ...(await attentionState(written.block.attention, `${prefix}multihead_attn.`)),
    ...renamed(own, names, prefix),
  ]);
}

/** Weights for a LibraryTransformer. */
export async function modelState(written: WrittenTransformer): Promise<StateDict> {
  const own = await written.stateDict();
  const state: StateDict = new Map();
  for (const side of ["source", "target"]) {
    state.set(`${side}Words.weight`, own.get(`${side}.words.weight`)!);
    state.set(`${side}Places.weight`, own.get(`${side}.places.weight`)!);
  }
  for (const part of ["weight", "bias"]) state.set(`fcOut.${part}`, own.get(`fcOut.${part}`)!);
  const layers = [
    ...written.encoder.map((block, i) => encoderLayerState(block, `encoder.layers.${i}.`)),
    ...written.decoder.map((block, i) => decoderLayerState(block, `decoder.layers.${i}.`)),
  ];
  for (const layer of await Promise.all(layers)) for (const [name, values] of layer) state.set(name, values);
  return state;
}
