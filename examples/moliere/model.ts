import {
  Dropout,
  Embedding,
  Linear,
  LSTM,
  Module,
  type ModuleOptions,
  select,
  type Tensor,
} from "../../src/index.ts";

export interface MoliereOptions extends ModuleOptions {
  /** Width of the character vectors. */
  embedding: number;
  /** Width of the LSTM's state. */
  units: number;
  /** LSTM layers on top of each other. */
  layers?: number;
  dropout: number;
  /** Predict from the last state only, or the next character at every position. */
  predict: "last" | "every";
}

/** The notebook's model: characters → Embedding → LSTM → Dropout → Linear over the vocabulary. */
export class MoliereModel extends Module {
  readonly predict: "last" | "every";
  readonly embedding: Embedding;
  readonly lstm: LSTM;
  readonly dropout: Dropout;
  readonly fc: Linear;

  constructor(vocabularySize: number, options: MoliereOptions) {
    super();
    const { device, embedding, units, layers = 1, dropout, predict } = options;
    this.predict = predict;
    this.embedding = new Embedding(vocabularySize, embedding, { device });
    // One bias, as in Keras: at 80 characters, 128 and 256 wide, the notebook's 425,040 parameters.
    this.lstm = new LSTM(embedding, units, { device, bias: "single", numLayers: layers });
    this.dropout = new Dropout(dropout);
    this.fc = new Linear(units, vocabularySize, { device });
  }

  /** ids [batch, time] → logits [batch, vocabulary], or [batch, time, vocabulary] at every position. */
  forward(ids: Tensor): Tensor {
    const { output, hn } = this.lstm.forward(this.embedding.forward(ids));
    return this.fc.forward(this.dropout.forward(this.predict === "every" ? output : select(hn, 0, -1)));
  }

  /** One character after a carried state: ids [batch, 1] → logits [batch, vocabulary] and the state after it. */
  next(ids: Tensor, state?: { h0: Tensor; c0: Tensor }): { logits: Tensor; h0: Tensor; c0: Tensor } {
    const { hn, cn } = this.lstm.forward(this.embedding.forward(ids), state);
    return { logits: this.fc.forward(select(hn, 0, -1)), h0: hn, c0: cn };
  }
}
