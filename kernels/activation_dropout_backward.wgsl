// activation_dropout_backward: the gradient of activation_dropout, whose mask it draws again.
//
//   dx[i] = keep[i] ? scale · dout[i] · f′(x[i]) : 0        f = relu, gelu or gelu's tanh approximation
//
//   x        [count]       the input, contiguous
//   dout     [count]       the gradient of the output, contiguous
//   counter  [seed, step]  as it was in the forward pass
//   dx       [count]       contiguous; added to when accumulate is 1
//
// gelu(x) = x Φ(x) has the slope Φ(x) + x φ(x).
//
// Dispatch: one thread per four elements, 64 to a workgroup.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/activation_dropout_backward.ts.
// Layer: src/nn/transformer_block.ts.
// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26.

override activation: u32 = 0u;

struct Params {
  count: u32,
  operation: u32,
  threshold: u32,
  scale: f32,
  x_offset: u32,
  dout_offset: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<f32>;
@group(0) @binding(3) var<storage, read> counter: array<u32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

const SQRT_HALF = 0.7071067811865476;
const INV_SQRT_2PI = 0.3989422804014327;
const SQRT_2_OVER_PI = 0.7978845608028654;

fn pcg4d(input: vec4<u32>) -> vec4<u32> {
  var v = input * 1664525u + 1013904223u;
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  v ^= v >> vec4<u32>(16u);
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  return v;
}

fn erf(v: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * abs(v));
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(v) * (1.0 - series * exp(-v * v));
}

fn slope(v: f32) -> f32 {
  switch activation {
    case 1u: { return select(0.0, 1.0, v > 0.0); }
    case 2u: { return 0.5 * (1.0 + erf(v * SQRT_HALF)) + v * INV_SQRT_2PI * exp(-0.5 * v * v); }
    case 3u: {
      let t = tanh(clamp(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v), -15.0, 15.0));
      return 0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * SQRT_2_OVER_PI * (1.0 + 0.134145 * v * v);
    }
    default: { return 1.0; }
  }
}

@compute @workgroup_size(64, 1, 1)
fn activation_dropout_backward(@builtin(global_invocation_id) id: vec3<u32>,
                               @builtin(num_workgroups) groups: vec3<u32>) {
  let j = id.x + id.y * groups.x * 64u;
  let bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j));
  for (var lane = 0u; lane < 4u; lane++) {
    let i = j * 4u + lane;
    if (i >= params.count) { return; }
    let keep = (bits[lane] >> 8u) >= params.threshold;
    let d = params.scale * dout[params.dout_offset + i] * slope(x[params.x_offset + i]);
    let v = select(0.0, d, keep);
    if (params.accumulate == 1u) { dx[i] += v; } else { dx[i] = v; }
  }
}
