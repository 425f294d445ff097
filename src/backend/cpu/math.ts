/** tanh(v) for any v. */
export const tanh = Math.tanh;

/** 1 / (1 + e^−v), without overflow for large |v|. */
export function sigmoid(v: number): number {
  return v >= 0 ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / (1 + Math.exp(v));
}

/**
 * Error function in double precision: Taylor series below 2.5, continued fraction of erfc above
 * (Abramowitz & Stegun 7.1.5 and 7.1.14).
 */
export function erf(v: number): number {
  const x = Math.abs(v);
  if (x > 6) return Math.sign(v);
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
      if (n > 200) break;
    }
    return Math.sign(v) * (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.sign(v) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction));
}

/** Position of element i of a tensor of four axes in memory with these strides: the twins' `at` of the WGSL. */
export function at(i: number, shape: readonly number[], strides: readonly number[]): number {
  const w = i % shape[3];
  const z = Math.floor(i / shape[3]) % shape[2];
  const y = Math.floor(i / (shape[3] * shape[2])) % shape[1];
  const x = Math.floor(i / (shape[3] * shape[2] * shape[1]));
  return x * strides[0] + y * strides[1] + z * strides[2] + w * strides[3];
}

/** True when an operand of these strides is simply read in order, so that `at(i)` is i. */
export function inOrder(shape: readonly number[], strides: readonly number[]): boolean {
  return (
    (strides[3] === 1 || shape[3] === 1) &&
    (strides[2] === shape[3] || shape[2] === 1) &&
    (strides[1] === shape[2] * shape[3] || shape[1] === 1) &&
    (strides[0] === shape[1] * shape[2] * shape[3] || shape[0] === 1)
  );
}
