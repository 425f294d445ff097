// unary: one function applied to every element.
//
//   out[i] = f(x[i])
//
// NaN stays NaN; the logarithm is −∞ at 0 and, as the square root, NaN below.
//
//   x    [shape]  read through strides, so transposed and sliced views need no copy
//   out  [count]  contiguous; added to when accumulate is 1
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: unary_backward.wgsl.   CPU twin: src/backend/cpu/unary.ts.
// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26 (absolute error 1.5e-7).

override operation: u32 = 0u;

struct Params {
  count: u32,
  x_offset: u32,
  accumulate: u32,
  shape: vec4<u32>,
  x_strides: vec4<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

const SQRT_HALF = 0.7071067811865476;
const SQRT_2_OVER_PI = 0.7978845608028654;

// Position of element i of a [shape] tensor in a buffer with these strides.
fn at(i: u32, strides: vec4<u32>) -> u32 {
  let s = params.shape;
  let w = i % s.w;
  let z = (i / s.w) % s.z;
  let y = (i / (s.w * s.z)) % s.y;
  let x0 = i / (s.w * s.z * s.y);
  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;
}

// max, clamp and, on some drivers, exp and log lose NaN, and what went wrong must not look right. Drivers optimise
// v != v away; the bit pattern tells.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

// WGSL does not let a constant be NaN or infinite, so these are made from bits.
fn special(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.
fn safe_tanh(v: f32) -> f32 {
  return tanh(clamp(v, -15.0, 15.0));
}

fn sigmoid(v: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0)));
}

fn erf(v: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * abs(v));
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(v) * (1.0 - series * exp(-v * v));
}

fn f(v: f32) -> f32 {
  if (is_nan(v)) { return v; }
  switch operation {
    case 0u: { return -v; }
    case 1u: { return exp(v); }
    case 2u: {
      if (v > 0.0) { return log(v); }
      return special(select(0x7fc00000u, 0xff800000u, v == 0.0));
    }
    case 3u: {
      if (v < 0.0) { return special(0x7fc00000u); }
      return sqrt(v);
    }
    case 4u: { return v * v; }
    case 5u: { return abs(v); }
    case 6u: { return max(v, 0.0); }
    case 7u: { return sigmoid(v); }
    case 8u: { return safe_tanh(v); }
    case 9u: { return 0.5 * v * (1.0 + erf(v * SQRT_HALF)); }
    case 10u: { return 0.5 * v * (1.0 + safe_tanh(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v))); }
    case 11u: { return v * sigmoid(v); }
    case 12u: { return max(v, 0.0) + log(1.0 + exp(-abs(v))); }
    case 13u: { return 1.0 / v; }
    case 14u: { return sin(v); }
    case 15u: { return cos(v); }
    case 16u: { return floor(v); }
    case 17u: { return sign(v); }
    default: { return v; }
  }
}

@compute @workgroup_size(64, 1, 1)
fn unary(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = f(x[params.x_offset + at(i, params.x_strides)]);
  if (params.accumulate == 1u) { out[i] += v; } else { out[i] = v; }
}
