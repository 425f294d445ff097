// where_select: elements of one tensor or of another, as a condition says, with broadcasting.
//
//   out[i] = condition[i] ≠ 0 ? a[i] : b[i]
//
//   condition  [shape]  i32;                    all three read through strides, 0 repeats an axis (broadcasting)
//   a, b       [shape]  f32 or i32, both alike
//   out        [count]  contiguous, of the type of a and b
//
// The op is called `where`, a word that WGSL reserves. Elements move as u32 words, because some GPUs flush small
// integers that travel as floats.
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: itself, with zeros in the place of the other operand (src/ops/where.ts).
// CPU twin: src/backend/cpu/where_select.ts.

struct Params {
  count: u32,
  condition_offset: u32,
  a_offset: u32,
  b_offset: u32,
  shape: vec4<u32>,
  condition_strides: vec4<u32>,
  a_strides: vec4<u32>,
  b_strides: vec4<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> condition: array<i32>;
@group(0) @binding(2) var<storage, read> a: array<u32>;  // words
@group(0) @binding(3) var<storage, read> b: array<u32>;  // words
@group(0) @binding(4) var<storage, read_write> out: array<u32>;  // words

fn at(i: u32, strides: vec4<u32>) -> u32 {
  let s = params.shape;
  let w = i % s.w;
  let z = (i / s.w) % s.z;
  let y = (i / (s.w * s.z)) % s.y;
  let x = i / (s.w * s.z * s.y);
  return x * strides.x + y * strides.y + z * strides.z + w * strides.w;
}

@compute @workgroup_size(64, 1, 1)
fn where_select(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  if (condition[params.condition_offset + at(i, params.condition_strides)] != 0) {
    out[i] = a[params.a_offset + at(i, params.a_strides)];
  } else {
    out[i] = b[params.b_offset + at(i, params.b_strides)];
  }
}
