// lstm_cell_direct: lstm_cell with vector loads, for adapters that run on the processor.
//
//   i, f, o = σ(pre + Wh·h_prev)     g = tanh(pre + Wh·h_prev)
//   c = f ∘ c_prev + i ∘ g           h = o ∘ tanh(c)
//
//   gates  [time, batch, 4 * hidden]  in: pre = Wx·x + b, blocks in the order i f g o; out: the activated gates
//   wh     [4 * hidden, hidden]       recurrent weights, same blocks
//   h, c   [time + 1, batch, hidden]  states: this step reads slot `from` and writes slot `to`
//   mask   [batch, time]  i32         optional; 0 = padding: the state passes through, the gates are 0
//   keep   [4, batch, hidden]         optional; recurrent dropout, as in lstm_cell.wgsl
//
// A thread has four neighbouring units, so that every load brings four numbers: hidden is a multiple of 4, and
// positions count vectors. It adds Wh·h_prev to one gate after the other, for eight sequences at a time, which
// share the weights. The sums run in the order of lstm_cell.wgsl, so the numbers are the same to the last bit.
//
// Dispatch: one thread per four units and eight sequences; 64 neighbouring threads to a workgroup.
// Gradient: lstm_cell_backward_direct.wgsl.   CPU twin: src/backend/cpu/lstm_cell.ts.
// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.

override recurrent_dropout: bool = false;

struct Params {
  batch: u32,
  hidden: u32,
  steps: u32,
  time: u32,
  from_slot: u32,
  to_slot: u32,
  has_state: u32,  // 0: the state before this step is zero, and slot `from` is not read
  has_mask: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> wh: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> h: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> c: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(6) var<storage, read> keep: array<vec4<f32>>;  // optional

// clamp loses NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.
fn is_nan(v: vec4<f32>) -> vec4<bool> {
  return (bitcast<vec4<u32>>(v) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
}

fn sigmoid(v: vec4<f32>) -> vec4<f32> {
  return select(1.0 / (1.0 + exp(-clamp(v, vec4<f32>(-87.0), vec4<f32>(87.0)))), v, is_nan(v));
}

// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.
fn safe_tanh(v: vec4<f32>) -> vec4<f32> {
  return select(tanh(clamp(v, vec4<f32>(-15.0), vec4<f32>(15.0))), v, is_nan(v));
}

// Four units by four sequences: what each unit's weight makes of each sequence's h.
fn products(w: vec4<f32>, h4: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(w * h4.x, w * h4.y, w * h4.z, w * h4.w);
}

// What a gate sees of h_prev of four sequences, units 4k to 4k + 3: a unit to a vector.
fn h_block(rows: vec4<u32>, gate: u32, k: u32) -> mat4x4<f32> {
  let H = params.hidden / 4u;
  let at = (params.from_slot * params.batch + rows) * H + k;
  let v = mat4x4<f32>(h[at.x], h[at.y], h[at.z], h[at.w]);
  if (!recurrent_dropout) { return transpose(v); }
  let i = (gate * params.batch + rows) * H + k;
  return transpose(mat4x4<f32>(v[0] * keep[i.x], v[1] * keep[i.y], v[2] * keep[i.z], v[3] * keep[i.w]));
}

fn add(b: u32, column: u32, wh_h: mat4x4<f32>) {
  var sums = wh_h;
  for (var n = 0u; n < 4u; n++) {
    if (b + n < params.batch) { gates[(params.time * params.batch + b + n) * params.hidden + column] += sums[n]; }
  }
}

fn cell(b: u32, j: u32) {
  if (b >= params.batch) { return; }
  let H = params.hidden / 4u;
  let prev = (params.from_slot * params.batch + b) * H + j;
  let next = (params.to_slot * params.batch + b) * H + j;
  let at = (params.time * params.batch + b) * 4u * H + j;
  var c_prev = vec4<f32>();
  if (params.has_state == 1u) { c_prev = c[prev]; }
  if (params.has_mask == 1u && mask[b * params.steps + params.time] == 0) {
    var h_prev = vec4<f32>();
    if (params.has_state == 1u) { h_prev = h[prev]; }
    h[next] = h_prev;
    c[next] = c_prev;
    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = vec4<f32>(); }
    return;
  }
  let i = sigmoid(gates[at]);
  let f = sigmoid(gates[at + H]);
  let g = safe_tanh(gates[at + 2u * H]);
  let o = sigmoid(gates[at + 3u * H]);
  let c_new = f * c_prev + i * g;
  c[next] = c_new;
  h[next] = o * safe_tanh(c_new);
  gates[at] = i;
  gates[at + H] = f;
  gates[at + 2u * H] = g;
  gates[at + 3u * H] = o;
}

@compute @workgroup_size(64, 1, 1)
fn lstm_cell_direct(@builtin(global_invocation_id) id: vec3<u32>) {
  let H = params.hidden / 4u;
  let j = id.x;
  if (j >= H) { return; }
  let b = id.y * 8u;
  // Rows past the batch read the last sequence; their sums are not stored.
  let last = vec4<u32>(params.batch - 1u);
  let rows_0 = min(b + vec4<u32>(0u, 1u, 2u, 3u), last);
  let rows_1 = min(b + vec4<u32>(4u, 5u, 6u, 7u), last);
  for (var gate = 0u; gate < 4u * params.has_state; gate++) {
    let column = gate * H + j;
    var sums_0 = mat4x4<f32>();  // Wh·h_prev of the four units, a vector per sequence
    var sums_1 = mat4x4<f32>();
    for (var k = 0u; k < H; k++) {
      let i = 4u * column * H + k;
      let w = transpose(mat4x4<f32>(wh[i], wh[i + H], wh[i + 2u * H], wh[i + 3u * H]));
      let h_0 = h_block(rows_0, gate, k);
      let h_1 = h_block(rows_1, gate, k);
      sums_0 += products(w[0], h_0[0]);
      sums_0 += products(w[1], h_0[1]);
      sums_0 += products(w[2], h_0[2]);
      sums_0 += products(w[3], h_0[3]);
      sums_1 += products(w[0], h_1[0]);
      sums_1 += products(w[1], h_1[1]);
      sums_1 += products(w[2], h_1[2]);
      sums_1 += products(w[3], h_1[3]);
    }
    add(b, column, sums_0);
    add(b + 4u, column, sums_1);
  }
  for (var n = 0u; n < 8u; n++) { cell(b + n, j); }
}
