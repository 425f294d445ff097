// attention_backward_delta: what attention's gradient needs of each query, before its other two kernels run.
//
//   delta[t] = dout[t] · out[t]     = Σ_j p[t, j] · dp[t, j], the mean slope of the row's softmax
//
//   out    [batch, queries, heads, head_dim]  strides for batch, row and head, as attention wrote it
//   dout   [batch, queries, heads, head_dim]  the gradient of the output; strides
//   lse    [batch, heads, queries]            from attention
//   stats  [batch, heads, queries, 2]         lse and delta side by side
//
// Dispatch: one thread per query of each head, 64 to a workgroup.   Layer: src/nn/multihead_attention.ts.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/attention_backward_delta.ts.
// Source: Dao et al. 2022.

struct Params {
  batch: u32,
  heads: u32,
  queries: u32,
  head_dim: u32,
  out_offset: u32,
  out_batch: u32,
  out_row: u32,
  out_head: u32,
  dout_offset: u32,
  dout_batch: u32,
  dout_row: u32,
  dout_head: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> out: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<f32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn attention_backward_delta(@builtin(global_invocation_id) id: vec3<u32>,
                            @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.batch * params.heads * params.queries) { return; }
  let t = i % params.queries;
  let h = i / params.queries % params.heads;
  let b = i / params.queries / params.heads;
  let at = params.out_offset + b * params.out_batch + t * params.out_row + h * params.out_head;
  let at_dout = params.dout_offset + b * params.dout_batch + t * params.dout_row + h * params.dout_head;
  var delta = 0.0;
  for (var d = 0u; d < params.head_dim; d++) { delta += out[at + d] * dout[at_dout + d]; }
  stats[2u * i] = lse[i];
  stats[2u * i + 1u] = delta;
}
