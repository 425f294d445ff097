// binary: one function of two tensors, element by element, with broadcasting.
//
//   out[i] = f(a[i], b[i])
//
//   a, b  [shape]  read through strides; a stride of 0 repeats an axis (broadcasting)
//   out   [count]  contiguous; added to when accumulate is 1
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: products and quotients of this kernel, then reduce over broadcast axes (src/ops/binary.ts).
// CPU twin: src/backend/cpu/binary.ts.

override operation: u32 = 0u;

struct Params {
  count: u32,
  a_offset: u32,
  b_offset: u32,
  accumulate: u32,
  shape: vec4<u32>,
  a_strides: vec4<u32>,
  b_strides: vec4<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn at(i: u32, strides: vec4<u32>) -> u32 {
  let s = params.shape;
  let w = i % s.w;
  let z = (i / s.w) % s.z;
  let y = (i / (s.w * s.z)) % s.y;
  let x = i / (s.w * s.z * s.y);
  return x * strides.x + y * strides.y + z * strides.z + w * strides.w;
}

// max, min and, on some drivers, pow lose NaN, and what went wrong must not look right. Drivers optimise v != v away;
// the bits tell.
fn either_nan(l: f32, r: f32) -> bool {
  return ((bitcast<u32>(l) & 0x7fffffffu) > 0x7f800000u) || ((bitcast<u32>(r) & 0x7fffffffu) > 0x7f800000u);
}

// WGSL does not let a constant be NaN, so it is made from bits.
fn special(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

fn f(l: f32, r: f32) -> f32 {
  switch operation {
    case 0u: { return l + r; }
    case 1u: { return l - r; }
    case 2u: { return l * r; }
    case 3u: { return l / r; }
    case 4u: { return select(max(l, r), l + r, either_nan(l, r)); }
    case 5u: { return select(min(l, r), l + r, either_nan(l, r)); }
    case 6u: {
      if (r == 0.0) { return 1.0; }
      if (either_nan(l, r) || (l < 0.0 && r != floor(r))) { return special(0x7fc00000u); }
      // WGSL leaves pow of a negative base undefined: an even whole exponent mirrors, an odd one keeps the sign.
      let magnitude = pow(abs(l), r);
      let odd = abs(r - 2.0 * floor(r * 0.5)) == 1.0;
      return select(magnitude, -magnitude, l < 0.0 && odd);
    }
    case 7u: { return select(select(0.0, 0.5, l == r), 1.0, l > r); }
    default: { return l; }
  }
}

@compute @workgroup_size(64, 1, 1)
fn binary(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = f(a[params.a_offset + at(i, params.a_strides)], b[params.b_offset + at(i, params.b_strides)]);
  if (params.accumulate == 1u) { out[i] += v; } else { out[i] = v; }
}
