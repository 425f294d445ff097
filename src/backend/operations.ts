/** Codes of the `operation` override constants, shared by the WGSL (by number) and the twins (by name). */

export const UNARY = {
  neg: 0,
  exp: 1,
  log: 2,
  sqrt: 3,
  square: 4,
  abs: 5,
  relu: 6,
  sigmoid: 7,
  tanh: 8,
  gelu: 9,
  geluTanh: 10,
  silu: 11,
  softplus: 12,
  reciprocal: 13,
  sin: 14,
  cos: 15,
  floor: 16,
  sign: 17,
  identity: 18,
} as const;

/** `step` is 1 where left > right, one half where they are equal, else 0: the gradient of maximum. */
export const BINARY = { add: 0, sub: 1, mul: 2, div: 3, maximum: 4, minimum: 5, pow: 6, step: 7 } as const;

export const BINARY_INTEGER = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  maximum: 4,
  minimum: 5,
  remainder: 6,
} as const;

export const REDUCE = { sum: 0, max: 1, min: 2 } as const;

export const COMPARE = { equal: 0, notEqual: 1, less: 2, lessEqual: 3, greater: 4, greaterEqual: 5 } as const;

export const ACTIVATION = { none: 0, relu: 1, gelu: 2, geluTanh: 3 } as const;

/** What a kernel with two outputs does with each of them. */
export const WRITE = { nothing: 0, over: 1, add: 2 } as const;

/** How binary_cross_entropy reads its targets: as f32, as i32, or as class ids that stand for one-hot rows. */
export const TARGETS = { numbers: 0, integers: 1, classIds: 2 } as const;

/** What attention's mask holds: numbers added to the scores, or marks of pairs that must not see each other. */
export const ATTENTION_MASK = { none: 0, added: 1, forbidden: 2 } as const;

/** What the mask of matmul_masked multiplies: an operand, or the product. */
export const MASKED = { a: 0, b: 1, out: 2 } as const;

/** Which neighbours matmul_direct loads four at a time: of a row, of a column, or none. */
export const VECTORS = { none: 0, rows: 1, columns: 2 } as const;
