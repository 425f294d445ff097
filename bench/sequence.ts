/** A model of sequences with the same numbers for every engine: Embedding, LSTM or GRU, Linear, a loss, Adam. */
import {
  Adam,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  type Device,
  Embedding,
  GRU,
  Linear,
  LSTM,
  Module,
  notEqual,
  reshape,
  select,
  type Tensor,
  tensor,
} from "../src/index.ts";
import { integers, numbers, torchContender, trainingContender } from "./contenders.ts";
import type { Contender, Entry } from "./paired.ts";
import type { TfIds, TfjsPeer, TfModel, TfTensor } from "./peers/tfjs.ts";
import { encoded } from "./peers/encoded.ts";
import type { Peers } from "./peers/peers.ts";

export interface SequenceShape {
  /** A GRU's reset gate acts before the product with the state's weights, as Keras 2 had it, or after it. */
  cell: "lstm" | "gru" | "gru_after";
  batch: number;
  time: number;
  embedding: number;
  hidden: number;
  vocabulary: number;
  /** Logits at every position or after the last; one logit, with a binary loss, when `classes` is 1. */
  from: "every" | "last";
  classes: number;
  /** Id 0 is padding, in front of each text: half of the positions on average. */
  masked: boolean;
  /** Shares of the layer's input and of its state that are dropped, one mask per sequence. */
  dropout: number;
  recurrentDropout: number;
}

interface Weights {
  embedding: Float32Array;
  /** [gates · hidden, embedding], gate blocks as PyTorch has them: i f g o, or r z n. */
  kernel: Float32Array;
  recurrent: Float32Array;
  bias: Float32Array;
  /** [classes, hidden] */
  out: Float32Array;
  outBias: Float32Array;
}

const gatesOf = ({ cell }: SequenceShape): number => (cell === "lstm" ? 4 : 3);

function shapesOf(s: SequenceShape): Record<keyof Weights, number[]> {
  const rows = gatesOf(s) * s.hidden;
  return {
    embedding: [s.vocabulary, s.embedding],
    kernel: [rows, s.embedding],
    recurrent: [rows, s.hidden],
    bias: [rows],
    out: [s.classes, s.hidden],
    outBias: [s.classes],
  };
}

export function weightsOf(s: SequenceShape): Weights {
  const bound = 1 / Math.sqrt(s.hidden);
  const shapes = shapesOf(s);
  const entries = Object.entries(shapes).map(([name, shape], i) => [
    name,
    numbers(
      shape.reduce((a, b) => a * b),
      10 + i,
      name === "embedding" ? 0.5 : bound,
    ),
  ]);
  return Object.fromEntries(entries);
}

interface Batch {
  inputs: Int32Array;
  /** Class ids, or 0 and 1. */
  targets: Int32Array;
  targetsShape: number[];
}

function batchOf(s: SequenceShape): Batch {
  const inputs = integers(s.batch * s.time, 1, s.vocabulary - 1).map((id) => id + 1);
  if (s.masked)
    integers(s.batch, 2, s.time).forEach((padding, row) => {
      inputs.fill(0, row * s.time, row * s.time + padding);
    });
  const count = s.from === "every" ? s.batch * s.time : s.batch;
  return {
    inputs,
    targets: integers(count, 3, Math.max(2, s.classes)),
    targetsShape: s.from === "every" ? [s.batch, s.time] : [s.batch],
  };
}

class Model extends Module {
  readonly embedding: Embedding;
  readonly recurrent: LSTM | GRU;
  readonly fc: Linear;
  readonly shape: SequenceShape;

  constructor(device: Device, s: SequenceShape) {
    super();
    this.shape = s;
    this.embedding = new Embedding(s.vocabulary, s.embedding, { device });
    const rates = { inputDropout: s.dropout, recurrentDropout: s.recurrentDropout };
    this.recurrent =
      s.cell === "lstm"
        ? new LSTM(s.embedding, s.hidden, { device, bias: "single", ...rates })
        : new GRU(s.embedding, s.hidden, { device, resetAfter: s.cell === "gru_after", ...rates });
    this.fc = new Linear(s.hidden, s.classes, { device });
    const w = weightsOf(s);
    const second = s.cell === "gru_after" ? [new Float32Array(w.bias.length)] : [];
    const values = [w.embedding, w.kernel, w.recurrent, w.bias, ...second, w.out, w.outBias];
    this.parameters().forEach((parameter, i) => void parameter.set(values[i]));
  }

  forward(ids: Tensor): Tensor {
    const mask = this.shape.masked ? notEqual(ids, 0) : undefined;
    const { output, hn } = this.recurrent.forward(this.embedding.forward(ids), { mask });
    return this.fc.forward(this.shape.from === "every" ? output : select(hn, 0, -1));
  }
}

/** wgrad's model with the weights that all engines start from. */
export function ourModel(device: Device, s: SequenceShape): Model {
  return new Model(device, s);
}

/** wgrad's training step; new data is uploaded for each, as a DataLoader's is. */
export function ourTraining(device: Device, s: SequenceShape): Contender {
  const model = new Model(device, s);
  const optimizer = new Adam(model.parameters());
  const { inputs, targets, targetsShape } = batchOf(s);
  const step = async (): Promise<number> => {
    const ids = tensor(inputs, { device, shape: [s.batch, s.time] });
    optimizer.zeroGrad();
    const logits = model.forward(ids);
    const loss =
      s.classes === 1
        ? binaryCrossEntropyWithLogits(
            reshape(logits, targetsShape),
            tensor(Float32Array.from(targets), { device, shape: targetsShape }),
          )
        : crossEntropy(logits, tensor(targets, { device, shape: targetsShape }));
    loss.backward();
    await optimizer.step();
    return loss.item();
  };
  return trainingContender("wgrad", step);
}

/** [rows, columns] the other way round. */
function turned(data: Float32Array, [rows, columns]: number[]): Float32Array {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c];
  return out;
}

/** Keras' gates are z r h where PyTorch's are r z n, the update gate keeping the old state in both. */
function kerasRows(s: SequenceShape, data: Float32Array): Float32Array {
  if (s.cell === "lstm") return data;
  const block = data.length / 3;
  const out = data.slice();
  out.set(data.subarray(block, 2 * block), 0);
  out.set(data.subarray(0, block), block);
  return out;
}

/** The model in TensorFlow.js' layers. */
export function tfjsModel({ tf, layers }: TfjsPeer, s: SequenceShape): TfModel {
  const w = weightsOf(s);
  const shapes = shapesOf(s);
  const recurrentSettings = {
    units: s.hidden,
    recurrentActivation: "sigmoid",
    returnSequences: s.from === "every",
    dropout: s.dropout,
    recurrentDropout: s.recurrentDropout,
    // Its orthogonal start needs operations that not every backend has; the weights are set anyway.
    recurrentInitializer: "glorotUniform",
  } as const;
  const embedding = layers.layers.embedding({
    inputDim: s.vocabulary,
    outputDim: s.embedding,
    maskZero: s.masked,
  });
  const recurrent =
    s.cell === "lstm" ? layers.layers.lstm(recurrentSettings) : layers.layers.gru(recurrentSettings);
  const dense = layers.layers.dense({ units: s.classes });
  const input = layers.input({ shape: [s.time], dtype: "int32" });
  const last = dense.apply(recurrent.apply(embedding.apply(input))) as ReturnType<typeof layers.input>;
  const model = layers.model({ inputs: input, outputs: last });
  const set = (
    layer: { setWeights(weights: TfTensor[]): void },
    values: [Float32Array, number[]][],
  ): void => {
    const tensors = values.map(([data, shape]) => tf.tensor(data, shape));
    layer.setWeights(tensors);
    for (const each of tensors) each.dispose();
  };
  const back = (data: Float32Array, shape: number[]): [Float32Array, number[]] => [
    turned(data, shape),
    [shape[1], shape[0]],
  ];
  set(embedding, [[w.embedding, shapes.embedding]]);
  set(recurrent, [
    back(kerasRows(s, w.kernel), shapes.kernel),
    back(kerasRows(s, w.recurrent), shapes.recurrent),
    [kerasRows(s, w.bias), shapes.bias],
  ]);
  set(dense, [back(w.out, shapes.out), [w.outBias, shapes.outBias]]);
  return model;
}

/** TensorFlow.js: its layers, its losses and `optimizer.minimize`. */
function tfjsTraining(peer: TfjsPeer, s: SequenceShape): Contender {
  const { tf, label, enter } = peer;
  const { inputs, targets, targetsShape } = batchOf(s);
  const model = tfjsModel(peer, s);
  const optimizer = tf.train.adam(0.001, 0.9, 0.999, 1e-8);
  const step = async (): Promise<number> => {
    const ids = tf.tensor2d(inputs, [s.batch, s.time], "int32");
    const truth =
      s.classes === 1 ? tf.tensor(Float32Array.from(targets), targetsShape) : tf.tensor1d(targets, "int32");
    const loss = optimizer.minimize(() => {
      const logits = model.apply(ids, { training: true }) as TfTensor;
      if (s.classes === 1) return tf.losses.sigmoidCrossEntropy(truth, tf.reshape(logits, targetsShape));
      const rows = tf.reshape(logits, [-1, s.classes]);
      return tf.losses.softmaxCrossEntropy(tf.oneHot(truth as TfIds, s.classes), rows);
    }, true)!;
    const [value] = await loss.data();
    for (const each of [ids, truth, loss]) each.dispose();
    return value;
  };
  return trainingContender(label, step, {
    enter,
    dispose() {
      model.dispose();
      optimizer.dispose();
    },
  });
}

/** The engines that can train this model; `absent` says why another cannot. */
export function sequenceEntries(
  device: Device,
  s: SequenceShape,
  { tfjs, jax, onnx, torch }: Peers,
): { entries: Entry[]; absent: string[] } {
  const absent = [
    ...jax.map(({ label }) => `${label}: has no recurrent layer and no scan`),
    ...onnx.map(({ label }) => `${label}: does not train`),
  ];
  const entries: Entry[] = [{ name: "wgrad", make: async () => ourTraining(device, s) }];
  for (const peer of tfjs)
    if (s.cell === "gru_after")
      absent.push(`${peer.label}: its GRU has the reset gate before the product only`);
    else
      entries.push({
        name: peer.label,
        make: async () => {
          await peer.enter();
          return tfjsTraining(peer, s);
        },
      });
  if (torch) {
    const why =
      s.masked || s.dropout > 0 || s.recurrentDropout > 0
        ? "its layer has neither Keras' masks nor its dropouts"
        : s.cell === "gru"
          ? "its GRU has the reset gate after the product only"
          : null;
    if (why) absent.push(`${torch.label}: ${why}`);
    else entries.push({ name: torch.label, make: () => torchContender(torch, "sequence", torchRequest(s)) });
  }
  return { entries, absent };
}

export function torchRequest(s: SequenceShape): Record<string, unknown> {
  const { inputs, targets, targetsShape } = batchOf(s);
  const weights = Object.entries(weightsOf(s)).map(([name, data]) => [name, encoded(data)]);
  return {
    cell: s.cell,
    from: s.from,
    masked: s.masked,
    binary: s.classes === 1,
    weights: Object.fromEntries(weights),
    shapes: shapesOf(s),
    inputs: encoded(inputs),
    inputsShape: [s.batch, s.time],
    targets: encoded(s.classes === 1 ? Float32Array.from(targets) : targets),
    targetsShape,
  };
}

/** Matrix products of one training step: each is met once forward and twice backward, and counts 2 per term. */
export function sequenceOperations(s: SequenceShape): number {
  const positions = s.batch * s.time;
  const read = s.from === "every" ? positions : s.batch;
  return 6 * (positions * gatesOf(s) * s.hidden * (s.embedding + s.hidden) + read * s.hidden * s.classes);
}
