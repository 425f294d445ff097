import {
  type Device,
  Dropout,
  Embedding,
  GRU,
  Linear,
  LSTM,
  Module,
  type ModuleOptions,
  select,
  type Tensor,
} from "../../src/index.ts";

/** What a recurrent model is made of. */
export interface MoliereOptions extends ModuleOptions {
  /** The recurrent layer; an LSTM when left out. */
  model?: "lstm" | "gru";
  /** Width of the character vectors. */
  embedding: number;
  /** Width of the recurrent layer's state. */
  units: number;
  /** Recurrent layers on top of each other. */
  layers?: number;
  dropout: number;
  /** Predict from the last state only, or the next character at every position. */
  predict: "last" | "every";
}

/** What a recurrent model remembers of the characters that it has read. A GRU has no `c0`. */
export interface MoliereState {
  h0: Tensor;
  c0?: Tensor;
}

/** The notebook's model: characters → Embedding → LSTM (or GRU) → Dropout → Linear over the vocabulary. */
export class MoliereModel extends Module {
  readonly predict: "last" | "every";
  /** A state has room for any number of characters. */
  readonly longest = Number.POSITIVE_INFINITY;
  readonly embedding: Embedding;
  /** One of the two is there. */
  readonly lstm: LSTM | undefined;
  readonly gru: GRU | undefined;
  readonly dropout: Dropout;
  readonly fc: Linear;

  constructor(vocabularySize: number, options: MoliereOptions) {
    super();
    const { device, model = "lstm", embedding, units, layers: numLayers = 1, dropout, predict } = options;
    this.predict = predict;
    this.embedding = new Embedding(vocabularySize, embedding, { device });
    // Biases as Keras has them. An LSTM has one: at 80 characters, 128 and 256 wide, the notebook's 425,040
    // parameters. A GRU needs two, since its reset gate multiplies the state's part of the candidate, bias included.
    if (model === "lstm") this.lstm = new LSTM(embedding, units, { device, bias: "single", numLayers });
    else this.gru = new GRU(embedding, units, { device, numLayers });
    this.dropout = new Dropout(dropout);
    this.fc = new Linear(units, vocabularySize, { device });
  }

  get device(): Device {
    return this.fc.weight.device;
  }

  /** ids [batch, time] → logits [batch, vocabulary], or [batch, time, vocabulary] at every position. */
  forward(ids: Tensor): Tensor {
    const { output, state } = this.#read(ids);
    const seen = this.predict === "every" ? output : select(state.h0, 0, -1);
    return this.fc.forward(this.dropout.forward(seen));
  }

  /** One character after a carried state: ids [batch, 1] → logits [batch, vocabulary] and the state after it. */
  next(ids: Tensor, state?: MoliereState): { logits: Tensor; state: MoliereState } {
    const { state: after } = this.#read(ids, state);
    return { logits: this.fc.forward(select(after.h0, 0, -1)), state: after };
  }

  #read(ids: Tensor, before?: MoliereState): { output: Tensor; state: MoliereState } {
    const x = this.embedding.forward(ids);
    if (this.gru) {
      const { output, hn } = this.gru.forward(x, { h0: before?.h0 });
      return { output, state: { h0: hn } };
    }
    const { output, hn, cn } = this.lstm!.forward(x, before);
    return { output, state: { h0: hn, c0: cn } };
  }
}
