/** How long does a training step of a Transformer take, beside other engines on the same adapter? */
import {
  Adam,
  add,
  crossEntropy,
  type Device,
  Embedding,
  Linear,
  Module,
  type Tensor,
  tensor,
  TransformerEncoder,
} from "../src/index.ts";
import { COMPARED_LOSSES, integers, numbers, torchContender, trainingContender } from "./contenders.ts";
import { type Contender, type Entry, pair } from "./paired.ts";
import type { TfIds, TfjsPeer, TfTensor, TfVariable } from "./peers/tfjs.ts";
import { encoded } from "./peers/encoded.ts";
import type { Answer, Setting } from "./question.ts";

export interface TransformerSizes {
  layers: number;
  width: number;
  heads: number;
  feedforward: number;
  vocabulary: number;
  batch: number;
  time: number;
}

const FULL: TransformerSizes = {
  layers: 2,
  width: 256,
  heads: 8,
  feedforward: 1024,
  vocabulary: 80,
  batch: 32,
  time: 64,
};
const QUICK = { ...FULL, layers: 1, width: 16, heads: 2, feedforward: 24, vocabulary: 11, batch: 2, time: 5 };

/** Losses of the first steps; Adam divides small gradients by their own size. */
const TOLERANCE = 2e-3;
const EPS = 1e-5;

type Weights = Record<string, { data: Float32Array; shape: number[] }>;

/** By short names: `0.qkv` [3 · width, width], … as PyTorch lays them out. */
export function transformerWeights({ layers, width, feedforward, vocabulary }: TransformerSizes): Weights {
  const weights: Weights = {};
  let seed = 20;
  const matrix = (name: string, rows: number, columns: number): void => {
    const bound = Math.sqrt(3 / columns);
    weights[name] = { data: numbers(rows * columns, seed++, bound), shape: [rows, columns] };
  };
  const vector = (name: string, size: number, value: number): void => {
    weights[name] = { data: new Float32Array(size).fill(value), shape: [size] };
  };
  matrix("embedding", vocabulary, width);
  for (let i = 0; i < layers; i++) {
    matrix(`${i}.qkv`, 3 * width, width);
    vector(`${i}.qkvBias`, 3 * width, 0);
    matrix(`${i}.out`, width, width);
    vector(`${i}.outBias`, width, 0);
    matrix(`${i}.up`, feedforward, width);
    vector(`${i}.upBias`, feedforward, 0);
    matrix(`${i}.down`, width, feedforward);
    vector(`${i}.downBias`, width, 0);
    for (const norm of ["norm1", "norm2"]) {
      vector(`${i}.${norm}`, width, 1);
      vector(`${i}.${norm}Bias`, width, 0);
    }
  }
  matrix("head", vocabulary, width);
  vector("headBias", vocabulary, 0);
  return weights;
}

interface Batch {
  inputs: Int32Array;
  targets: Int32Array;
  /** [time, width], added to the embedding. */
  positions: Float32Array;
}

function batchOf({ batch, time, width, vocabulary }: TransformerSizes): Batch {
  return {
    inputs: integers(batch * time, 1, vocabulary),
    targets: integers(batch * time, 2, vocabulary),
    positions: numbers(time * width, 3),
  };
}

/** wgrad's parameter names to the short ones. */
const SHORT: readonly (readonly [RegExp, string])[] = [
  [/^layers\.layers\./, ""],
  [/self_attn\.in_proj_(weight|bias)/, "qkv.$1"],
  [/self_attn\.out_proj/, "out"],
  [/linear1/, "up"],
  [/linear2/, "down"],
  [/\.weight$/, ""],
  [/\.bias$/, "Bias"],
];

class Model extends Module {
  readonly embedding: Embedding;
  readonly layers: TransformerEncoder;
  readonly head: Linear;
  readonly positions: Tensor;

  constructor(device: Device, s: TransformerSizes, positions: Float32Array) {
    super();
    const { width: dModel, heads: nhead, feedforward: dimFeedforward } = s;
    this.embedding = new Embedding(s.vocabulary, dModel, { device });
    const layer = { dModel, nhead, dimFeedforward, dropout: 0, layerNormEps: EPS, device };
    this.layers = new TransformerEncoder(layer, s.layers);
    this.head = new Linear(dModel, s.vocabulary, { device });
    this.positions = tensor(positions, { device, shape: [s.time, dModel] }).keep();
    const weights = transformerWeights(s);
    for (const [name, parameter] of this.namedParameters()) {
      const short = SHORT.reduce((text, [from, to]) => text.replace(from, to), name);
      if (!weights[short]) throw new Error(`${name} has no start value`);
      parameter.set(weights[short].data);
    }
  }

  forward(ids: Tensor): Tensor {
    const x = add(this.embedding.forward(ids), this.positions);
    return this.head.forward(this.layers.forward(x, { causal: true }));
  }
}

function ours(device: Device, s: TransformerSizes): Contender {
  const { inputs, targets, positions } = batchOf(s);
  const model = new Model(device, s, positions);
  const optimizer = new Adam(model.parameters());
  const shape = [s.batch, s.time];
  return trainingContender("wgrad", async () => {
    optimizer.zeroGrad();
    const logits = model.forward(tensor(inputs, { device, shape }));
    const loss = crossEntropy(logits, tensor(targets, { device, shape }));
    loss.backward();
    await optimizer.step();
    return loss.item();
  });
}

/** TensorFlow.js has no attention: this is it in its operations, on rows [batch · time, width] where it can be. */
function tfjs({ tf, label, enter }: TfjsPeer, s: TransformerSizes): Contender {
  const { batch, time, width, heads, layers, vocabulary } = s;
  const { inputs, targets, positions } = batchOf(s);
  const w: Record<string, TfVariable> = {};
  for (const [name, { data, shape }] of Object.entries(transformerWeights(s)))
    w[name] = tf.variable(tf.tensor(data, shape));
  const places = tf.tensor2d(positions, [time, width]);
  // −∞ would make NaN of 0 · −∞ somewhere; e^(−1e9) is 0 as well.
  const later = tf.tensor2d(
    Float32Array.from({ length: time * time }, (_, i) => (i % time > Math.floor(i / time) ? -1e9 : 0)),
    [time, time],
  );
  const optimizer = tf.train.adam(0.001, 0.9, 0.999, 1e-8);

  const linear = (x: TfTensor, name: string): TfTensor =>
    tf.add(tf.matMul(x, w[name], false, true), w[`${name}Bias`]);
  const norm = (x: TfTensor, name: string): TfTensor => {
    const { mean, variance } = tf.moments(x, -1, true);
    const centred = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPS)));
    return tf.add(tf.mul(centred, w[name]), w[`${name}Bias`]);
  };
  const byHead = (x: TfTensor): TfTensor =>
    tf.transpose(tf.reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3]);
  const attention = (x: TfTensor, i: number): TfTensor => {
    const [q, k, v] = tf.split(linear(x, `${i}.qkv`), 3, -1).map(byHead);
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads));
    const mixed = tf.matMul(tf.softmax(tf.add(scores, later)), v);
    return linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * time, width]), `${i}.out`);
  };
  const logits = (ids: TfIds): TfTensor => {
    const embedded = tf.reshape(tf.gather(w.embedding, ids), [batch, time, width]);
    let x: TfTensor = tf.reshape(tf.add(embedded, places), [batch * time, width]);
    for (let i = 0; i < layers; i++) {
      x = norm(tf.add(x, attention(x, i)), `${i}.norm1`);
      x = norm(tf.add(x, linear(tf.relu(linear(x, `${i}.up`)), `${i}.down`)), `${i}.norm2`);
    }
    return linear(x, "head");
  };
  const step = async (): Promise<number> => {
    const ids = tf.tensor1d(inputs, "int32");
    const truth = tf.tensor1d(targets, "int32");
    const loss = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(tf.oneHot(truth, vocabulary), logits(ids)),
      true,
    )!;
    const [value] = await loss.data();
    for (const each of [ids, truth, loss]) each.dispose();
    return value;
  };
  return trainingContender(label, step, {
    enter,
    dispose() {
      for (const each of [...Object.values(w), places, later]) each.dispose();
      optimizer.dispose();
    },
  });
}

/** The engines that can train it, and why others cannot. */
export function transformerEntries(
  device: Device,
  s: TransformerSizes,
  { peers }: Setting,
): { entries: Entry[]; absent: string[] } {
  const { torch } = peers;
  const entries: Entry[] = [{ name: "wgrad", make: async () => ours(device, s) }];
  for (const peer of peers.tfjs)
    entries.push({
      name: peer.label,
      async make() {
        await peer.enter();
        return tfjs(peer, s);
      },
    });
  if (torch) {
    const { inputs, targets, positions } = batchOf(s);
    const weights = Object.entries(transformerWeights(s));
    const request = {
      heads: s.heads,
      layers: s.layers,
      weights: Object.fromEntries(weights.map(([name, { data }]) => [name, encoded(data)])),
      shapes: Object.fromEntries(weights.map(([name, { shape }]) => [name, shape])),
      positions: encoded(positions),
      positionsShape: [s.time, s.width],
      inputs: encoded(inputs),
      inputsShape: [s.batch, s.time],
      targets: encoded(targets),
    };
    entries.push({ name: torch.label, make: () => torchContender(torch, "transformer", request) });
  }
  return {
    entries,
    absent: [
      ...peers.jax.map(({ label }) => `${label}: has no optimizers of its own`),
      ...peers.onnx.map(({ label }) => `${label}: does not train`),
    ],
  };
}

/** Matrix products forward once and backward twice, 2 per term; half of the scores are masked. */
function operations({ batch, time, layers, width, feedforward, vocabulary }: TransformerSizes): number {
  const layer = 4 * width * width + 2 * width * feedforward + time * width;
  return 6 * batch * time * (layers * layer + width * vocabulary);
}

export async function transformerTraining(device: Device, setting: Setting): Promise<Answer> {
  const s = setting.quick ? QUICK : FULL;
  const { entries, absent } = transformerEntries(device, s, setting);
  const outcome = await pair(
    {
      entries,
      tolerance: TOLERANCE,
      warmUp: COMPARED_LOSSES,
      budgetMilliseconds: setting.quick ? 100 : 20_000,
      flop: operations(s),
    },
    setting,
  );
  const about =
    `${s.layers} layers, ${s.width} wide, ${s.heads} heads, feedforward ${s.feedforward}, vocabulary ` +
    `${s.vocabulary}, batch ${s.batch} × ${s.time}, norm after the sum, no dropout`;
  return {
    text: [about, "", outcome.text, ...absent].join("\n"),
    figures: { ...s, ...outcome.figures, absent: absent.join("; ") },
    wrong: outcome.wrong,
  };
}
