// binary_integer: one function of two i32 tensors, element by element, with broadcasting.
//
//   out[i] = f(a[i], b[i])          sums and products wrap around, as two's complement does
//
//   a, b  [shape]  read through strides; a stride of 0 repeats an axis (broadcasting)
//   out   [count]  contiguous
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none.   CPU twin: src/backend/cpu/binary_integer.ts.

override operation: u32 = 0u;

struct Params {
  count: u32,
  a_offset: u32,
  b_offset: u32,
  shape: vec4<u32>,
  a_strides: vec4<u32>,
  b_strides: vec4<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<i32>;
@group(0) @binding(2) var<storage, read> b: array<i32>;
@group(0) @binding(3) var<storage, read_write> out: array<i32>;

fn at(i: u32, strides: vec4<u32>) -> u32 {
  let s = params.shape;
  let w = i % s.w;
  let z = (i / s.w) % s.z;
  let y = (i / (s.w * s.z)) % s.y;
  let x = i / (s.w * s.z * s.y);
  return x * strides.x + y * strides.y + z * strides.z + w * strides.w;
}

// Toward zero. Division by zero gives 0, and −1 is a sign change, so that no driver sees what hardware leaves open.
fn quotient(l: i32, r: i32) -> i32 {
  if (r == 0) { return 0; }
  if (r == -1) { return -l; }
  return l / r;
}

// With the sign of the divisor: remainder(−1, 5) is 4, as in PyTorch and Python.
fn remainder(l: i32, r: i32) -> i32 {
  let rest = l - quotient(l, r) * r;
  return select(rest, rest + r, rest != 0 && (rest < 0) != (r < 0));
}

fn f(l: i32, r: i32) -> i32 {
  switch operation {
    case 0u: { return l + r; }
    case 1u: { return l - r; }
    case 2u: { return l * r; }
    case 3u: { return quotient(l, r); }
    case 4u: { return max(l, r); }
    case 5u: { return min(l, r); }
    default: { return remainder(l, r); }
  }
}

@compute @workgroup_size(64, 1, 1)
fn binary_integer(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  out[i] = f(a[params.a_offset + at(i, params.a_strides)], b[params.b_offset + at(i, params.b_strides)]);
}
