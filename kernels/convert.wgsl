// convert: f32 to i32 or back.
//
//   out[i] = x[i] without its fraction      (to i32: −1.7 becomes −1; what i32 cannot hold is clamped)
//   out[i] = x[i]                           (to f32: above 2^24 the nearest number that f32 has)
//
//   x    [shape]  f32 or i32, read through strides
//   out  [count]  the other type, contiguous
//
// The op is called `cast`, a word that WGSL reserves.
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none.   CPU twin: src/backend/cpu/convert.ts.

override to_integer: bool = false;

struct Params {
  count: u32,
  x_offset: u32,
  shape: vec4<u32>,
  x_strides: vec4<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;  // words
@group(0) @binding(2) var<storage, read_write> out: array<u32>;  // words

// The outermost numbers that both types have.
const LOWEST = -2147483648.0;
const HIGHEST = 2147483520.0;

fn at(i: u32, strides: vec4<u32>) -> u32 {
  let s = params.shape;
  let w = i % s.w;
  let z = (i / s.w) % s.z;
  let y = (i / (s.w * s.z)) % s.y;
  let x0 = i / (s.w * s.z * s.y);
  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;
}

@compute @workgroup_size(64, 1, 1)
fn convert(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let word = x[params.x_offset + at(i, params.x_strides)];
  if (to_integer) {
    out[i] = bitcast<u32>(i32(clamp(bitcast<f32>(word), LOWEST, HIGHEST)));
  } else {
    out[i] = bitcast<u32>(f32(bitcast<i32>(word)));
  }
}
