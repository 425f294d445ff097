// dropout_add: a residual connection, with dropout on what is added.
//
//   out[i] = x[i] + (keep[i] ? scale · sublayer[i] : 0)
//
//   x         [count]       contiguous
//   sublayer  [count]       contiguous
//   counter   [seed, step]  of the device, written once a step
//   out       [count]       contiguous
//
// keep[i] is as in dropout.wgsl, to the bit. No mask and no dropped copy of the sublayer are stored.
//
// Dispatch: one thread per four elements, 64 to a workgroup.
// Gradient: dx is dout, dsublayer is dropout.wgsl of dout (src/ops/dropout_add.ts).
// CPU twin: src/backend/cpu/dropout_add.ts.   Layer: src/nn/transformer_block.ts.
// Source: residual connections: He et al. 2016; dropout: Srivastava et al. 2014.

struct Params {
  count: u32,
  operation: u32,
  threshold: u32,
  scale: f32,
  x_offset: u32,
  sublayer_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> sublayer: array<f32>;
@group(0) @binding(3) var<storage, read> counter: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

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
fn dropout_add(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let j = id.x + id.y * groups.x * 64u;
  let bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j));
  for (var lane = 0u; lane < 4u; lane++) {
    let i = j * 4u + lane;
    if (i >= params.count) { return; }
    let keep = (bits[lane] >> 8u) >= params.threshold;
    out[i] = x[params.x_offset + i] + select(0.0, params.scale * sublayer[params.sublayer_offset + i], keep);
  }
}
