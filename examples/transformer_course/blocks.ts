/**
 * The course's blocks written out: attention from Linear, matmul and softmax, then its encoder and decoder layers.
 * Batch first: [batch, time, width]. Masks are i32, 1 where a key is hidden, and broadcast to [batch, heads, queries, keys].
 */
import {
  add,
  type Device,
  div,
  Dropout,
  LayerNorm,
  Linear,
  maskedFill,
  matmul,
  Module,
  permute,
  relu,
  reshape,
  softmax,
  type Tensor,
  transpose,
} from "../../src/index.ts";

/** What the blocks are made of. */
export interface BlockOptions {
  readonly device: Device;
  readonly dropout?: number;
  /** What scores are divided by; √(width of a head) unless told. */
  readonly divisor?: number;
  /** The decoder layer's two attentions are one and the same module, as in the course's DecoderLayer. */
  readonly sharedAttention?: boolean;
}

/** Attention by several heads, from Linear, matmul and softmax. */
export class WrittenAttention extends Module {
  readonly queries: Linear;
  readonly keys: Linear;
  readonly values: Linear;
  readonly fcOut: Linear;
  readonly heads: number;
  readonly divisor: number;

  constructor(width: number, heads: number, { device, divisor = Math.sqrt(width / heads) }: BlockOptions) {
    super();
    this.heads = heads;
    this.divisor = divisor;
    // Une projection width → width : chaque tête reçoit un mélange à elle de toute l'entrée.
    this.queries = new Linear(width, width, { device, bias: false });
    this.keys = new Linear(width, width, { device, bias: false });
    this.values = new Linear(width, width, { device, bias: false });
    this.fcOut = new Linear(width, width, { device });
  }

  forward(values: Tensor, keys: Tensor, queries: Tensor, mask: Tensor | null): Tensor {
    const q = splitHeads(this.queries.forward(queries), this.heads);
    const k = splitHeads(this.keys.forward(keys), this.heads);
    const v = splitHeads(this.values.forward(values), this.heads);
    let scores = div(matmul(q, transpose(k)), this.divisor); // [lot, têtes, requêtes, clés]
    if (mask) scores = maskedFill(scores, mask, -3e38);
    const mixed = matmul(softmax(scores), v); // [lot, têtes, requêtes, tête]
    return this.fcOut.forward(joinHeads(mixed));
  }
}

/** [lot, longueur, largeur] → [lot, têtes, longueur, largeur / têtes]. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, length, width] = x.shape;
  return permute(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** The way back. */
export function joinHeads(x: Tensor): Tensor {
  const [batch, heads, length, size] = x.shape;
  return reshape(permute(x, [0, 2, 1, 3]), [batch, length, heads * size]);
}

/** Attention, then two Linear with ReLU between; each with its shortcut and its norm. The course's encoder layer. */
export class WrittenBlock extends Module {
  readonly attention: WrittenAttention;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly dropout: Dropout;

  constructor(
    width: number,
    heads: number,
    expansion: number,
    options: BlockOptions,
    attention?: WrittenAttention,
  ) {
    super();
    const { device, dropout = 0 } = options;
    this.attention = attention ?? new WrittenAttention(width, heads, options);
    this.norm1 = new LayerNorm(width, { device });
    this.norm2 = new LayerNorm(width, { device });
    this.linear1 = new Linear(width, expansion * width, { device });
    this.linear2 = new Linear(expansion * width, width, { device });
    this.dropout = new Dropout(dropout);
  }

  forward(value: Tensor, key: Tensor, query: Tensor, mask: Tensor | null): Tensor {
    const attended = this.attention.forward(value, key, query, mask);
    const x = this.dropout.forward(this.norm1.forward(add(attended, query)));
    const inner = this.linear2.forward(relu(this.linear1.forward(x)));
    return this.dropout.forward(this.norm2.forward(add(inner, x)));
  }
}

/** The course's decoder layer: it looks at what it has written, then, in a block, at what the encoder has read. */
export class WrittenDecoderBlock extends Module {
  readonly attention: WrittenAttention;
  readonly norm: LayerNorm;
  readonly block: WrittenBlock;
  readonly dropout: Dropout;

  constructor(width: number, heads: number, expansion: number, options: BlockOptions) {
    super();
    const { device, dropout = 0, sharedAttention = false } = options;
    this.attention = new WrittenAttention(width, heads, options);
    this.norm = new LayerNorm(width, { device });
    this.block = new WrittenBlock(
      width,
      heads,
      expansion,
      options,
      sharedAttention ? this.attention : undefined,
    );
    this.dropout = new Dropout(dropout);
  }

  forward(x: Tensor, memory: Tensor, sourceMask: Tensor | null, targetMask: Tensor | null): Tensor {
    const attended = this.attention.forward(x, x, x, targetMask);
    const query = this.dropout.forward(this.norm.forward(add(attended, x)));
    return this.block.forward(memory, memory, query, sourceMask);
  }
}
