// compare: one relation between two tensors, element by element, with broadcasting.
//
//   out[i] = 1 where a[i] ? b[i] holds, else 0          ? is one of = ≠ < ≤ > ≥
//
//   a, b  [shape]  f32 or i32, both alike; read through strides, 0 repeats an axis (broadcasting)
//   out   [count]  contiguous
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none (a step function).   CPU twin: src/backend/cpu/compare.ts.

override operation: u32 = 0u;
// The words of a and b hold i32 instead of f32.
override integer: bool = false;

struct Params {
  count: u32,
  a_offset: u32,
  b_offset: u32,
  shape: vec4<u32>,
  a_strides: vec4<u32>,
  b_strides: vec4<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;  // words
@group(0) @binding(2) var<storage, read> b: array<u32>;  // words
@group(0) @binding(3) var<storage, read_write> out: array<i32>;

fn at(i: u32, strides: vec4<u32>) -> u32 {
  let s = params.shape;
  let w = i % s.w;
  let z = (i / s.w) % s.z;
  let y = (i / (s.w * s.z)) % s.y;
  let x = i / (s.w * s.z * s.y);
  return x * strides.x + y * strides.y + z * strides.z + w * strides.w;
}

fn holds(equal: bool, less: bool, greater: bool) -> bool {
  switch operation {
    case 0u: { return equal; }
    case 1u: { return !equal; }
    case 2u: { return less; }
    case 3u: { return less || equal; }
    case 4u: { return greater; }
    default: { return greater || equal; }
  }
}

// Parentheses: without them, WGSL reads `m < n, m > n` as a template.
fn relation(l: u32, r: u32) -> bool {
  if (integer) {
    let m = bitcast<i32>(l);
    let n = bitcast<i32>(r);
    return holds(m == n, (m < n), (m > n));
  }
  let v = bitcast<f32>(l);
  let w = bitcast<f32>(r);
  return holds(v == w, (v < w), (v > w));
}

@compute @workgroup_size(64, 1, 1)
fn compare(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let l = a[params.a_offset + at(i, params.a_strides)];
  let r = b[params.b_offset + at(i, params.b_strides)];
  out[i] = select(0, 1, relation(l, r));
}
