// unary_backward: the gradient of unary.
//
//   dx[i] = dout[i] · f'(x[i])        with f' written with y = f(x) where that is simpler
//
//   x     [shape]  the input, read through strides
//   y     [count]  the output, contiguous
//   dout  [shape]  the gradient of the output, read through strides
//   dx    [count]  contiguous; added to when accumulate is 1
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/unary_backward.ts.
// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26.

override operation: u32 = 0u;

struct Params {
  count: u32,
  x_offset: u32,
  dout_offset: u32,
  accumulate: u32,
  shape: vec4<u32>,
  x_strides: vec4<u32>,
  dout_strides: vec4<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

const SQRT_HALF = 0.7071067811865476;
const INV_SQRT_2PI = 0.3989422804014327;
const SQRT_2_OVER_PI = 0.7978845608028654;

fn at(i: u32, strides: vec4<u32>) -> u32 {
  let s = params.shape;
  let w = i % s.w;
  let z = (i / s.w) % s.z;
  let y0 = (i / (s.w * s.z)) % s.y;
  let x0 = i / (s.w * s.z * s.y);
  return x0 * strides.x + y0 * strides.y + z * strides.z + w * strides.w;
}

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

fn slope(v: f32, out: f32) -> f32 {
  switch operation {
    case 0u: { return -1.0; }
    case 1u: { return out; }
    case 2u: { return 1.0 / v; }
    case 3u: { return 0.5 / out; }
    case 4u: { return 2.0 * v; }
    case 5u: { return sign(v); }
    case 6u: { return select(0.0, 1.0, v > 0.0); }
    case 7u: { return out * (1.0 - out); }
    case 8u: { return 1.0 - out * out; }
    case 9u: { return 0.5 * (1.0 + erf(v * SQRT_HALF)) + v * INV_SQRT_2PI * exp(-0.5 * v * v); }
    case 10u: {
      let t = safe_tanh(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v));
      return 0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * SQRT_2_OVER_PI * (1.0 + 0.134145 * v * v);
    }
    case 11u: {
      let s = sigmoid(v);
      return s * (1.0 + v * (1.0 - s));
    }
    case 12u: { return sigmoid(v); }
    case 13u: { return -out * out; }
    case 14u: { return cos(v); }
    case 15u: { return -sin(v); }
    default: { return 0.0; }
  }
}

@compute @workgroup_size(64, 1, 1)
fn unary_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[params.x_offset + at(i, params.x_strides)];
  let d = dout[params.dout_offset + at(i, params.dout_strides)] * slope(v, y[i]);
  if (params.accumulate == 1u) { dx[i] += d; } else { dx[i] = d; }
}
