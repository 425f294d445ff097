// activation_dropout: an activation, then dropout, in one pass: the middle of a feed-forward block.
//
//   out[i] = keep[i] ? scale · f(x[i]) : 0        f = relu, gelu or gelu's tanh approximation
//
//   x        [count]       contiguous
//   counter  [seed, step]  of the device, written once a step
//   out      [count]       contiguous
//
// keep[i] is as in dropout.wgsl, to the bit, and f as in unary.wgsl.
//
// Dispatch: one thread per four elements, 64 to a workgroup.
// Gradient: activation_dropout_backward.wgsl.   CPU twin: src/backend/cpu/activation_dropout.ts.
// Layer: src/nn/transformer_block.ts.
// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26; dropout: Srivastava et al. 2014.

override activation: u32 = 0u;

struct Params {
  count: u32,
  operation: u32,
  threshold: u32,
  scale: f32,
  x_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> counter: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

const SQRT_HALF = 0.7071067811865476;
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

fn f(v: f32) -> f32 {
  if ((bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u) { return v; }  // NaN, which max would lose
  switch activation {
    case 1u: { return max(v, 0.0); }
    case 2u: { return 0.5 * v * (1.0 + erf(v * SQRT_HALF)); }
    case 3u: { return 0.5 * v * (1.0 + tanh(clamp(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v), -15.0, 15.0))); }
    default: { return v; }
  }
}

@compute @workgroup_size(64, 1, 1)
fn activation_dropout(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let j = id.x + id.y * groups.x * 64u;
  let bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j));
  for (var lane = 0u; lane < 4u; lane++) {
    let i = j * 4u + lane;
    if (i >= params.count) { return; }
    let keep = (bits[lane] >> 8u) >= params.threshold;
    out[i] = select(0.0, params.scale * f(x[params.x_offset + i]), keep);
  }
}
