// dropout: zeros at random places, the rest scaled up so that the expected value stays.
//
//   out[i] = keep[i] ? scale · x[i] : 0        scale = 1 / (1 − rate)
//   keep[i] = bits[i] >> 8 ≥ threshold         threshold = rate · 2^24, so only integers are compared
//   bits[4j], …, bits[4j + 3] = pcg4d(seed, step, operation, j)
//
//   x        [shape]       read through strides
//   counter  [seed, step]  of the device, written once a step
//   out      [count]       contiguous; added to when accumulate is 1
//
// The mask is never stored: the gradient draws the same bits again.
//
// Dispatch: one thread per four elements, 64 to a workgroup.
// Gradient: itself, with dout as x.   CPU twin: src/backend/cpu/dropout.ts.
// Source: Srivastava et al. 2014; pcg4d: Jarzynski & Olano 2020 (src/random.ts).
// Layer: src/nn/dropout.ts.

struct Params {
  count: u32,
  operation: u32,
  threshold: u32,
  scale: f32,
  x_offset: u32,
  accumulate: u32,
  shape: vec4<u32>,
  x_strides: vec4<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> counter: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn at(i: u32, strides: vec4<u32>) -> u32 {
  let s = params.shape;
  let w = i % s.w;
  let z = (i / s.w) % s.z;
  let y = (i / (s.w * s.z)) % s.y;
  let x0 = i / (s.w * s.z * s.y);
  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;
}

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

@compute @workgroup_size(64, 1, 1)
fn dropout(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let j = id.x + id.y * groups.x * 64u;
  let bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j));
  for (var lane = 0u; lane < 4u; lane++) {
    let i = j * 4u + lane;
    if (i >= params.count) { return; }
    let keep = (bits[lane] >> 8u) >= params.threshold;
    let v = select(0.0, params.scale * x[params.x_offset + at(i, params.x_strides)], keep);
    if (params.accumulate == 1u) { out[i] += v; } else { out[i] = v; }
  }
}
