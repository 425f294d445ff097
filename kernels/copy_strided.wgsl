// copy_strided: moves elements between two layouts: contiguous copies of views, concat, split, slice gradients.
//
//   out[out_offset + i · out_strides] = x[x_offset + i · x_strides]      for every index i of [shape]
//
//   x    [shape]  any view
//   out  [shape]  any view without overlap
//
// Elements move as u32 words, because some GPUs flush small integers that travel as floats.
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: itself with the two sides exchanged.   CPU twin: src/backend/cpu/copy_strided.ts.

struct Params {
  count: u32,
  x_offset: u32,
  out_offset: u32,
  shape: vec4<u32>,
  x_strides: vec4<u32>,
  out_strides: vec4<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;  // words
@group(0) @binding(2) var<storage, read_write> out: array<u32>;  // words

fn at(i: u32, strides: vec4<u32>) -> u32 {
  let s = params.shape;
  let w = i % s.w;
  let z = (i / s.w) % s.z;
  let y = (i / (s.w * s.z)) % s.y;
  let x0 = i / (s.w * s.z * s.y);
  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;
}

@compute @workgroup_size(64, 1, 1)
fn copy_strided(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  out[params.out_offset + at(i, params.out_strides)] = x[params.x_offset + at(i, params.x_strides)];
}
