import { record } from "../autograd.ts";
import { UNARY } from "../backend/operations.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { expectDtype, overFourAxes } from "./launch.ts";
import { unaryBackwardInto } from "./unary_backward.ts";

function unary(name: Exclude<keyof typeof UNARY, "identity">, x: Tensor): Tensor {
  expectDtype(name, "x", x, "f32");
  const operation = UNARY[name];
  const out = emptyTensor(x.device, x.shape);
  const {
    shape,
    strides: [x_strides],
    tensors: [source],
  } = overFourAxes(x);
  x.device.backend.run(
    "unary",
    { operation, count: x.size, x_offset: source.offset, accumulate: 0, shape, x_strides },
    { x: source.storage.bind(), out: out.storage.bind() },
  );
  record(name, [x], [out], [x, out], ([dout], sink) => {
    if (dout) sink.into(x, (dx, accumulate) => unaryBackwardInto(name, x, out, dout, dx, accumulate));
  });
  return out;
}

/** −x. */
export function neg(x: Tensor): Tensor {
  return unary("neg", x);
}

/** e^x. */
export function exp(x: Tensor): Tensor {
  return unary("exp", x);
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return unary("log", x);
}

/** √x. */
export function sqrt(x: Tensor): Tensor {
  return unary("sqrt", x);
}

/** x². */
export function square(x: Tensor): Tensor {
  return unary("square", x);
}

/** |x|; gradient 0 at 0, as in PyTorch. */
export function abs(x: Tensor): Tensor {
  return unary("abs", x);
}

/** max(x, 0); gradient 0 at 0. */
export function relu(x: Tensor): Tensor {
  return unary("relu", x);
}

/** 1 / (1 + e^−x). */
export function sigmoid(x: Tensor): Tensor {
  return unary("sigmoid", x);
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return unary("tanh", x);
}

/** x · Φ(x), or its tanh approximation (Hendrycks & Gimpel 2016). */
export function gelu(x: Tensor, approximate: "none" | "tanh" = "none"): Tensor {
  return unary(approximate === "tanh" ? "geluTanh" : "gelu", x);
}

/** x · sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return unary("silu", x);
}

/** ln(1 + e^x). */
export function softplus(x: Tensor): Tensor {
  return unary("softplus", x);
}

/** 1 / x. */
export function reciprocal(x: Tensor): Tensor {
  return unary("reciprocal", x);
}

/** Sine, x in radians. */
export function sin(x: Tensor): Tensor {
  return unary("sin", x);
}

/** Cosine, x in radians. */
export function cos(x: Tensor): Tensor {
  return unary("cos", x);
}

/** The largest whole number not above x; gradient 0. */
export function floor(x: Tensor): Tensor {
  return unary("floor", x);
}

/** −1, 0 or 1; gradient 0. */
export function sign(x: Tensor): Tensor {
  return unary("sign", x);
}
