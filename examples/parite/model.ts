import {
  Embedding,
  Linear,
  LSTM,
  Module,
  type ModuleOptions,
  noGrad,
  select,
  softmax,
  type Tensor,
  tensor,
} from "../../src/index.ts";

export interface TokenClassifierOptions extends ModuleOptions {
  vocabulary: number;
  /** Width of the token vectors. */
  embedding: number;
  /** Width of the LSTM's state. */
  units: number;
}

/** The notebook's model: tokens → Embedding → LSTM → Linear on the last state, two classes. */
export class TokenLSTMClassifier extends Module {
  readonly embedding: Embedding;
  readonly lstm: LSTM;
  readonly fc: Linear;

  constructor({ vocabulary, embedding, units, device }: TokenClassifierOptions) {
    super();
    this.embedding = new Embedding(vocabulary, embedding, { device });
    this.lstm = new LSTM(embedding, units, { device });
    this.fc = new Linear(units, 2, { device });
  }

  /** ids [batch, time] → logits [batch, 2]. */
  forward(x: Tensor): Tensor {
    const embedded = this.embedding.forward(x); // [batch, time] → [batch, time, embedding]
    const { hn } = this.lstm.forward(embedded); // hn [1, batch, units]
    return this.fc.forward(select(hn, 0, 0)); // [batch, 2]
  }
}

/**
 * Sets where the forget gate starts: f = σ(bias + …) is the share of its memory that a unit keeps at each step.
 * PyTorch has two biases, which are added, and gates in the order i f g o.
 */
export async function setForgetBias(model: TokenLSTMClassifier, value: number): Promise<void> {
  const state = await model.stateDict();
  const units = model.lstm.hiddenSize;
  state.get("lstm.bias_ih_l0")!.data.fill(value, units, 2 * units);
  state.get("lstm.bias_hh_l0")!.data.fill(0, units, 2 * units);
  model.loadStateDict(state);
}

/** The share of its memory that a unit keeps per step, from the forget gate's biases alone: a mean over the units. */
export async function keptPerStep(model: TokenLSTMClassifier): Promise<number> {
  const state = await model.stateDict();
  const units = model.lstm.hiddenSize;
  const [ih, hh] = ["lstm.bias_ih_l0", "lstm.bias_hh_l0"].map((name) => state.get(name)!.data);
  let sum = 0;
  for (let i = units; i < 2 * units; i++) sum += 1 / (1 + Math.exp(-(ih[i] + hh[i])));
  return sum / units;
}

/** The answer for one sequence, and the probability of each class. */
export async function predict(
  model: TokenLSTMClassifier,
  sequence: readonly number[],
): Promise<{ answer: 0 | 1; probabilities: [number, number] }> {
  model.eval();
  const { device } = model.fc.weight;
  const input = tensor([sequence], { device, dtype: "i32" }); // [1, length]
  const probabilities = noGrad(() => softmax(model.forward(input), 1));
  const [p0, p1] = await probabilities.data();
  probabilities.dispose();
  return { answer: p1 > p0 ? 1 : 0, probabilities: [p0, p1] };
}
