// Generated from kernels/*.wgsl by kernels/generate.ts. Do not edit: run `npm run generate`.

/** What a launch of each kernel takes: its params and override constants. */
export interface KernelParams {
  activation_dropout: {
    count: number;
    operation: number;
    threshold: number;
    scale: number;
    x_offset: number;
    activation: number;
  };
  activation_dropout_backward: {
    count: number;
    operation: number;
    threshold: number;
    scale: number;
    x_offset: number;
    dout_offset: number;
    accumulate: number;
    activation: number;
  };
  adam: {
    count: number;
    offset: number;
    row: number;
  };
  argmax: {
    outer: number;
    length: number;
    inner: number;
    lanes: number;
    x_offset: number;
    x_outer: number;
    x_length: number;
    x_inner: number;
    smallest: boolean;
  };
  attention: {
    batch: number;
    heads: number;
    queries: number;
    keys: number;
    head_dim: number;
    scale: number;
    causal: number;
    query_start: number;
    q_offset: number;
    q_batch: number;
    q_row: number;
    q_head: number;
    k_offset: number;
    k_batch: number;
    k_row: number;
    k_head: number;
    v_offset: number;
    v_batch: number;
    v_row: number;
    v_head: number;
    out_offset: number;
    out_batch: number;
    out_row: number;
    out_head: number;
    mask_kind: number;
    mask_offset: number;
    mask_batch: number;
    mask_head: number;
    mask_row: number;
    mask_column: number;
    has_padding: number;
    padding_offset: number;
    padding_batch: number;
    seed: number;
    step: number;
    operation: number;
    threshold: number;
    keep_scale: number;
  };
  attention_backward_delta: {
    batch: number;
    heads: number;
    queries: number;
    head_dim: number;
    out_offset: number;
    out_batch: number;
    out_row: number;
    out_head: number;
    dout_offset: number;
    dout_batch: number;
    dout_row: number;
    dout_head: number;
  };
  attention_backward_keys: {
    batch: number;
    heads: number;
    queries: number;
    keys: number;
    head_dim: number;
    scale: number;
    causal: number;
    query_start: number;
    q_offset: number;
    q_batch: number;
    q_row: number;
    q_head: number;
    k_offset: number;
    k_batch: number;
    k_row: number;
    k_head: number;
    v_offset: number;
    v_batch: number;
    v_row: number;
    v_head: number;
    dout_offset: number;
    dout_batch: number;
    dout_row: number;
    dout_head: number;
    mask_kind: number;
    mask_offset: number;
    mask_batch: number;
    mask_head: number;
    mask_row: number;
    mask_column: number;
    has_padding: number;
    padding_offset: number;
    padding_batch: number;
    seed: number;
    step: number;
    operation: number;
    threshold: number;
    keep_scale: number;
    dk_offset: number;
    dv_offset: number;
    dkv_batch: number;
    dkv_row: number;
    dkv_head: number;
    accumulate: number;
  };
  attention_backward_keys_direct: {
    batch: number;
    heads: number;
    queries: number;
    keys: number;
    head_dim: number;
    scale: number;
    causal: number;
    query_start: number;
    q_offset: number;
    q_batch: number;
    q_row: number;
    q_head: number;
    k_offset: number;
    k_batch: number;
    k_row: number;
    k_head: number;
    v_offset: number;
    v_batch: number;
    v_row: number;
    v_head: number;
    dout_offset: number;
    dout_batch: number;
    dout_row: number;
    dout_head: number;
    mask_kind: number;
    mask_offset: number;
    mask_batch: number;
    mask_head: number;
    mask_row: number;
    mask_column: number;
    has_padding: number;
    padding_offset: number;
    padding_batch: number;
    seed: number;
    step: number;
    operation: number;
    threshold: number;
    keep_scale: number;
    dk_offset: number;
    dv_offset: number;
    dkv_batch: number;
    dkv_row: number;
    dkv_head: number;
    accumulate: number;
  };
  attention_backward_queries: {
    batch: number;
    heads: number;
    queries: number;
    keys: number;
    head_dim: number;
    scale: number;
    causal: number;
    query_start: number;
    q_offset: number;
    q_batch: number;
    q_row: number;
    q_head: number;
    k_offset: number;
    k_batch: number;
    k_row: number;
    k_head: number;
    v_offset: number;
    v_batch: number;
    v_row: number;
    v_head: number;
    dout_offset: number;
    dout_batch: number;
    dout_row: number;
    dout_head: number;
    mask_kind: number;
    mask_offset: number;
    mask_batch: number;
    mask_head: number;
    mask_row: number;
    mask_column: number;
    has_padding: number;
    padding_offset: number;
    padding_batch: number;
    seed: number;
    step: number;
    operation: number;
    threshold: number;
    keep_scale: number;
    dq_offset: number;
    dq_batch: number;
    dq_row: number;
    dq_head: number;
    accumulate: number;
  };
  attention_backward_queries_direct: {
    batch: number;
    heads: number;
    queries: number;
    keys: number;
    head_dim: number;
    scale: number;
    causal: number;
    query_start: number;
    q_offset: number;
    q_batch: number;
    q_row: number;
    q_head: number;
    k_offset: number;
    k_batch: number;
    k_row: number;
    k_head: number;
    v_offset: number;
    v_batch: number;
    v_row: number;
    v_head: number;
    dout_offset: number;
    dout_batch: number;
    dout_row: number;
    dout_head: number;
    mask_kind: number;
    mask_offset: number;
    mask_batch: number;
    mask_head: number;
    mask_row: number;
    mask_column: number;
    has_padding: number;
    padding_offset: number;
    padding_batch: number;
    seed: number;
    step: number;
    operation: number;
    threshold: number;
    keep_scale: number;
    dq_offset: number;
    dq_batch: number;
    dq_row: number;
    dq_head: number;
    accumulate: number;
  };
  attention_direct: {
    batch: number;
    heads: number;
    queries: number;
    keys: number;
    head_dim: number;
    scale: number;
    causal: number;
    query_start: number;
    q_offset: number;
    q_batch: number;
    q_row: number;
    q_head: number;
    k_offset: number;
    k_batch: number;
    k_row: number;
    k_head: number;
    v_offset: number;
    v_batch: number;
    v_row: number;
    v_head: number;
    out_offset: number;
    out_batch: number;
    out_row: number;
    out_head: number;
    mask_kind: number;
    mask_offset: number;
    mask_batch: number;
    mask_head: number;
    mask_row: number;
    mask_column: number;
    has_padding: number;
    padding_offset: number;
    padding_batch: number;
    seed: number;
    step: number;
    operation: number;
    threshold: number;
    keep_scale: number;
  };
  binary: {
    count: number;
    a_offset: number;
    b_offset: number;
    accumulate: number;
    shape: readonly number[];
    a_strides: readonly number[];
    b_strides: readonly number[];
    operation: number;
  };
  binary_cross_entropy: {
    count: number;
    columns: number;
    x_offset: number;
    targets_offset: number;
    clip: number;
    from_logits: boolean;
    targets_kind: number;
  };
  binary_cross_entropy_backward: {
    count: number;
    columns: number;
    x_offset: number;
    targets_offset: number;
    dout_offset: number;
    dout_stride: number;
    clip: number;
    scale: number;
    accumulate: number;
    from_logits: boolean;
    targets_kind: number;
  };
  binary_integer: {
    count: number;
    a_offset: number;
    b_offset: number;
    shape: readonly number[];
    a_strides: readonly number[];
    b_strides: readonly number[];
    operation: number;
  };
  categorical_cross_entropy: {
    rows: number;
    classes: number;
    p_offset: number;
    targets_offset: number;
    clip: number;
    integer_targets: boolean;
  };
  categorical_cross_entropy_backward: {
    count: number;
    classes: number;
    p_offset: number;
    targets_offset: number;
    dout_offset: number;
    dout_stride: number;
    clip: number;
    scale: number;
    accumulate: number;
    integer_targets: boolean;
  };
  clip_scale: {
    count: number;
    offset: number;
    max_norm: number;
  };
  clip_value: {
    count: number;
    offset: number;
    limit: number;
  };
  compare: {
    count: number;
    a_offset: number;
    b_offset: number;
    shape: readonly number[];
    a_strides: readonly number[];
    b_strides: readonly number[];
    operation: number;
    integer: boolean;
  };
  convert: {
    count: number;
    x_offset: number;
    shape: readonly number[];
    x_strides: readonly number[];
    to_integer: boolean;
  };
  copy_strided: {
    count: number;
    x_offset: number;
    out_offset: number;
    shape: readonly number[];
    x_strides: readonly number[];
    out_strides: readonly number[];
  };
  cross_entropy: {
    rows: number;
    classes: number;
    logits_offset: number;
    targets_offset: number;
    ignore_index: number;
    smoothing: number;
  };
  cross_entropy_backward: {
    count: number;
    classes: number;
    logits_offset: number;
    targets_offset: number;
    dout_offset: number;
    dout_stride: number;
    ignore_index: number;
    smoothing: number;
    divided: number;
    accumulate: number;
  };
  cross_entropy_direct: {
    rows: number;
    classes: number;
    logits_offset: number;
    targets_offset: number;
    ignore_index: number;
    smoothing: number;
  };
  cross_entropy_total: {
    rows: number;
    targets_offset: number;
    ignore_index: number;
    mean: number;
  };
  dropout: {
    count: number;
    operation: number;
    threshold: number;
    scale: number;
    x_offset: number;
    accumulate: number;
    shape: readonly number[];
    x_strides: readonly number[];
  };
  dropout_add: {
    count: number;
    operation: number;
    threshold: number;
    scale: number;
    x_offset: number;
    sublayer_offset: number;
  };
  embedding: {
    count: number;
    rows: number;
    width: number;
    ids_offset: number;
    table_offset: number;
    table_row: number;
  };
  embedding_backward: {
    rows: number;
    width: number;
    inner_count: number;
    dout_offset: number;
    dout_outer: number;
    dout_inner: number;
    padding_row: number;
    accumulate: number;
  };
  embedding_backward_direct: {
    rows: number;
    width: number;
    inner_count: number;
    dout_offset: number;
    dout_outer: number;
    dout_inner: number;
    padding_row: number;
    accumulate: number;
  };
  embedding_sort: {
    count: number;
    rows: number;
    ids_offset: number;
  };
  fill: {
    count: number;
    offset: number;
    value: number;
  };
  gru_before_sequence: {
    batch: number;
    hidden: number;
    steps: number;
    begin: number;
    end: number;
    spread: number;
    halves: number;
    reverse: number;
    has_state: number;
    has_mask: number;
    recurrent_dropout: boolean;
  };
  gru_before_sequence_backward: {
    batch: number;
    hidden: number;
    steps: number;
    begin: number;
    end: number;
    spread: number;
    halves: number;
    reverse: number;
    has_carry: number;
    has_state: number;
    has_dout: number;
    has_mask: number;
    dout_offset: number;
    dout_batch: number;
    dout_time: number;
    dout_unit: number;
    recurrent_dropout: boolean;
  };
  gru_sequence: {
    batch: number;
    hidden: number;
    steps: number;
    begin: number;
    end: number;
    spread: number;
    reverse: number;
    has_state: number;
    has_mask: number;
    has_bias: number;
    recurrent_dropout: boolean;
  };
  gru_sequence_backward: {
    batch: number;
    hidden: number;
    steps: number;
    begin: number;
    end: number;
    spread: number;
    reverse: number;
    has_carry: number;
    has_state: number;
    has_dout: number;
    has_mask: number;
    dout_offset: number;
    dout_batch: number;
    dout_time: number;
    dout_unit: number;
    recurrent_dropout: boolean;
  };
  layer_norm: {
    rows: number;
    columns: number;
    lanes: number;
    x_offset: number;
    weight_offset: number;
    bias_offset: number;
    has_weight: number;
    has_bias: number;
    eps: number;
  };
  layer_norm_backward: {
    rows: number;
    columns: number;
    lanes: number;
    x_offset: number;
    weight_offset: number;
    dout_offset: number;
    has_weight: number;
    accumulate: number;
  };
  layer_norm_backward_total: {
    blocks: number;
    columns: number;
    write_weight: number;
    write_bias: number;
  };
  layer_norm_backward_weights: {
    rows: number;
    columns: number;
    rows_per_block: number;
    x_offset: number;
    dout_offset: number;
  };
  log_softmax: {
    rows: number;
    columns: number;
    lanes: number;
    x_offset: number;
  };
  log_softmax_backward: {
    rows: number;
    columns: number;
    lanes: number;
    dout_offset: number;
    accumulate: number;
  };
  lstm_cell: {
    batch: number;
    hidden: number;
    steps: number;
    time: number;
    from_slot: number;
    to_slot: number;
    has_state: number;
    has_mask: number;
    recurrent_dropout: boolean;
  };
  lstm_cell_backward: {
    batch: number;
    hidden: number;
    steps: number;
    time: number;
    next_time: number;
    from_slot: number;
    to_slot: number;
    has_next: number;
    has_carry: number;
    has_state: number;
    has_dout: number;
    has_mask: number;
    dout_offset: number;
    dout_batch: number;
    dout_time: number;
    dout_unit: number;
    recurrent_dropout: boolean;
  };
  lstm_cell_backward_direct: {
    batch: number;
    hidden: number;
    steps: number;
    time: number;
    next_time: number;
    from_slot: number;
    to_slot: number;
    has_next: number;
    has_carry: number;
    has_state: number;
    has_dout: number;
    has_mask: number;
    dout_offset: number;
    dout_batch: number;
    dout_time: number;
    dout_unit: number;
    recurrent_dropout: boolean;
  };
  lstm_cell_direct: {
    batch: number;
    hidden: number;
    steps: number;
    time: number;
    from_slot: number;
    to_slot: number;
    has_state: number;
    has_mask: number;
    recurrent_dropout: boolean;
  };
  lstm_sequence: {
    batch: number;
    hidden: number;
    steps: number;
    reverse: number;
    has_state: number;
    has_mask: number;
    recurrent_dropout: boolean;
  };
  lstm_sequence_backward: {
    batch: number;
    hidden: number;
    steps: number;
    reverse: number;
    has_carry: number;
    has_state: number;
    has_dout: number;
    has_mask: number;
    dout_offset: number;
    dout_batch: number;
    dout_time: number;
    dout_unit: number;
    recurrent_dropout: boolean;
  };
  lstm_sequence_backward_direct: {
    batch: number;
    hidden: number;
    steps: number;
    reverse: number;
    has_carry: number;
    has_state: number;
    has_dout: number;
    has_mask: number;
    dout_offset: number;
    dout_batch: number;
    dout_time: number;
    dout_unit: number;
    recurrent_dropout: boolean;
  };
  lstm_sequence_direct: {
    batch: number;
    hidden: number;
    steps: number;
    reverse: number;
    has_state: number;
    has_mask: number;
    recurrent_dropout: boolean;
  };
  matmul: {
    batch: number;
    batch_inner: number;
    rows: number;
    inner: number;
    columns: number;
    accumulate: number;
    has_bias: number;
    keep_pre: number;
    a_offset: number;
    a_row: number;
    a_column: number;
    a_batch: number;
    a_batch_inner: number;
    b_offset: number;
    b_row: number;
    b_column: number;
    b_batch: number;
    b_batch_inner: number;
    bias_offset: number;
    out_offset: number;
    a_by_column: boolean;
    b_by_column: boolean;
    activation: number;
  };
  matmul_direct: {
    batch: number;
    batch_inner: number;
    rows: number;
    inner: number;
    columns: number;
    accumulate: number;
    has_bias: number;
    keep_pre: number;
    a_offset: number;
    a_row: number;
    a_column: number;
    a_batch: number;
    a_batch_inner: number;
    b_offset: number;
    b_row: number;
    b_column: number;
    b_batch: number;
    b_batch_inner: number;
    bias_offset: number;
    out_offset: number;
    a_vectors: number;
    b_vectors: number;
    activation: number;
  };
  matmul_int8: {
    rows: number;
    words: number;
    columns: number;
    has_bias: number;
  };
  matmul_masked: {
    batch: number;
    rows: number;
    inner: number;
    columns: number;
    accumulate: number;
    has_bias: number;
    a_offset: number;
    a_row: number;
    a_column: number;
    a_batch: number;
    b_offset: number;
    b_row: number;
    b_column: number;
    b_batch: number;
    mask_offset: number;
    mask_rows: number;
    out_offset: number;
    out_row: number;
    out_batch: number;
    masked: number;
    a_by_column: boolean;
    b_by_column: boolean;
  };
  matmul_masked_direct: {
    batch: number;
    rows: number;
    inner: number;
    columns: number;
    accumulate: number;
    has_bias: number;
    a_offset: number;
    a_row: number;
    a_column: number;
    a_batch: number;
    b_offset: number;
    b_row: number;
    b_column: number;
    b_batch: number;
    mask_offset: number;
    mask_rows: number;
    out_offset: number;
    out_row: number;
    out_batch: number;
    masked: number;
    a_vectors: number;
    b_vectors: number;
  };
  metric_counts: {
    rows: number;
    classes: number;
    lanes: number;
    predictions_offset: number;
    targets_offset: number;
    mask_offset: number;
    has_mask: number;
    threshold: number;
    targets_kind: number;
  };
  one_hot: {
    count: number;
    classes: number;
    ids_offset: number;
  };
  quantize_rows: {
    rows: number;
    columns: number;
    lanes: number;
    x_offset: number;
  };
  reduce: {
    outer: number;
    length: number;
    inner: number;
    lanes: number;
    x_offset: number;
    x_outer: number;
    x_length: number;
    x_inner: number;
    scale: number;
    power: number;
    accumulate: number;
    out_offset: number;
    operation: number;
  };
  residual_norm: {
    rows: number;
    columns: number;
    lanes: number;
    operation: number;
    threshold: number;
    scale: number;
    eps: number;
    x_offset: number;
    sublayer_offset: number;
    weight_offset: number;
    has_weight: number;
    bias_offset: number;
    has_bias: number;
  };
  residual_norm_backward: {
    rows: number;
    columns: number;
    lanes: number;
    operation: number;
    threshold: number;
    scale: number;
    weight_offset: number;
    has_weight: number;
    dout_offset: number;
    dsum_offset: number;
    has_dsum: number;
    write_x: number;
    write_sublayer: number;
  };
  rmsprop: {
    count: number;
    offset: number;
    row: number;
  };
  rnn_sequence: {
    batch: number;
    hidden: number;
    steps: number;
    begin: number;
    end: number;
    spread: number;
    reverse: number;
    has_state: number;
    has_mask: number;
    relu: boolean;
    recurrent_dropout: boolean;
  };
  rnn_sequence_backward: {
    batch: number;
    hidden: number;
    steps: number;
    begin: number;
    end: number;
    spread: number;
    reverse: number;
    has_carry: number;
    has_dout: number;
    has_mask: number;
    dout_offset: number;
    dout_batch: number;
    dout_time: number;
    dout_unit: number;
    relu: boolean;
    recurrent_dropout: boolean;
  };
  sgd: {
    count: number;
    offset: number;
    row: number;
  };
  softmax: {
    rows: number;
    columns: number;
    lanes: number;
    x_offset: number;
  };
  softmax_backward: {
    rows: number;
    columns: number;
    lanes: number;
    dout_offset: number;
    accumulate: number;
  };
  unary: {
    count: number;
    x_offset: number;
    accumulate: number;
    shape: readonly number[];
    x_strides: readonly number[];
    operation: number;
  };
  unary_backward: {
    count: number;
    x_offset: number;
    dout_offset: number;
    accumulate: number;
    shape: readonly number[];
    x_strides: readonly number[];
    dout_strides: readonly number[];
    operation: number;
  };
  where_select: {
    count: number;
    condition_offset: number;
    a_offset: number;
    b_offset: number;
    shape: readonly number[];
    condition_strides: readonly number[];
    a_strides: readonly number[];
    b_strides: readonly number[];
  };
}

/** The storage buffers of each kernel, by element type. */
export interface KernelBuffers {
  activation_dropout: {
    x: "f32";
    counter: "u32";
    out: "f32";
  };
  activation_dropout_backward: {
    x: "f32";
    dout: "f32";
    counter: "u32";
    dx: "f32";
  };
  adam: {
    p: "f32";
    g: "f32";
    m: "f32";
    v: "f32";
    settings: "f32";
  };
  argmax: {
    x: "f32";
    out: "i32";
  };
  attention: {
    q: "f32";
    k: "f32";
    v: "f32";
    mask?: "words";
    padding?: "i32";
    out: "f32";
    lse: "f32";
  };
  attention_backward_delta: {
    out: "f32";
    dout: "f32";
    lse: "f32";
    stats: "f32";
  };
  attention_backward_keys: {
    q: "f32";
    k: "f32";
    v: "f32";
    mask?: "words";
    padding?: "i32";
    stats: "f32";
    dout: "f32";
    dkv: "f32";
  };
  attention_backward_keys_direct: {
    q: "f32";
    k: "f32";
    v: "f32";
    mask?: "words";
    padding?: "i32";
    stats: "f32";
    dout: "f32";
    dkv: "f32";
  };
  attention_backward_queries: {
    q: "f32";
    k: "f32";
    v: "f32";
    mask?: "words";
    padding?: "i32";
    stats: "f32";
    dout: "f32";
    dq: "f32";
  };
  attention_backward_queries_direct: {
    q: "f32";
    k: "f32";
    v: "f32";
    mask?: "words";
    padding?: "i32";
    stats: "f32";
    dout: "f32";
    dq: "f32";
  };
  attention_direct: {
    q: "f32";
    k: "f32";
    v: "f32";
    mask?: "words";
    padding?: "i32";
    out: "f32";
    lse: "f32";
  };
  binary: {
    a: "f32";
    b: "f32";
    out: "f32";
  };
  binary_cross_entropy: {
    x: "f32";
    targets: "words";
    out: "f32";
  };
  binary_cross_entropy_backward: {
    x: "f32";
    targets: "words";
    dout: "f32";
    dx: "f32";
  };
  binary_integer: {
    a: "i32";
    b: "i32";
    out: "i32";
  };
  categorical_cross_entropy: {
    p: "f32";
    targets: "words";
    loss: "f32";
    sums: "f32";
    inside: "f32";
  };
  categorical_cross_entropy_backward: {
    p: "f32";
    targets: "words";
    sums: "f32";
    inside: "f32";
    dout: "f32";
    dp: "f32";
  };
  clip_scale: {
    sum_squares: "f32";
    g: "f32";
    norm: "f32";
  };
  clip_value: {
    g: "f32";
  };
  compare: {
    a: "words";
    b: "words";
    out: "i32";
  };
  convert: {
    x: "words";
    out: "words";
  };
  copy_strided: {
    x: "words";
    out: "words";
  };
  cross_entropy: {
    logits: "f32";
    targets: "i32";
    loss: "f32";
    lse: "f32";
    correct: "f32";
  };
  cross_entropy_backward: {
    logits: "f32";
    targets: "i32";
    lse: "f32";
    dout: "f32";
    result?: "f32";
    dlogits: "f32";
  };
  cross_entropy_direct: {
    logits: "f32";
    targets: "i32";
    loss: "f32";
    lse: "f32";
    correct: "f32";
  };
  cross_entropy_total: {
    loss: "f32";
    correct: "f32";
    targets: "i32";
    result: "f32";
  };
  dropout: {
    x: "f32";
    counter: "u32";
    out: "f32";
  };
  dropout_add: {
    x: "f32";
    sublayer: "f32";
    counter: "u32";
    out: "f32";
  };
  embedding: {
    ids: "i32";
    table: "words";
    out: "words";
  };
  embedding_backward: {
    starts: "u32";
    order: "u32";
    dout: "f32";
    dtable: "f32";
  };
  embedding_backward_direct: {
    starts: "u32";
    order: "u32";
    dout: "f32";
    dtable: "f32";
  };
  embedding_sort: {
    ids: "i32";
    starts: "u32";
    order: "u32";
  };
  fill: {
    out: "f32";
  };
  gru_before_sequence: {
    gates: "f32";
    q: "f32";
    wh: "f32";
    h: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  gru_before_sequence_backward: {
    gates: "f32";
    q: "f32";
    wh: "f32";
    h: "f32";
    dout?: "f32";
    dh_carry: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  gru_sequence: {
    gates: "f32";
    q: "f32";
    wh: "f32";
    bias?: "f32";
    h: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  gru_sequence_backward: {
    gates: "f32";
    q: "f32";
    wh: "f32";
    h: "f32";
    dout?: "f32";
    dh_carry: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  layer_norm: {
    x: "f32";
    weight?: "f32";
    bias?: "f32";
    out: "f32";
    stats: "f32";
  };
  layer_norm_backward: {
    x: "f32";
    stats: "f32";
    weight?: "f32";
    dout: "f32";
    dx: "f32";
  };
  layer_norm_backward_total: {
    sums: "f32";
    dweight?: "f32";
    dbias?: "f32";
  };
  layer_norm_backward_weights: {
    x: "f32";
    stats: "f32";
    dout: "f32";
    sums: "f32";
  };
  log_softmax: {
    x: "f32";
    out: "f32";
  };
  log_softmax_backward: {
    y: "f32";
    dout: "f32";
    dx: "f32";
  };
  lstm_cell: {
    gates: "f32";
    wh: "f32";
    h: "f32";
    c: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  lstm_cell_backward: {
    gates: "f32";
    wh: "f32";
    c: "f32";
    dout?: "f32";
    dh_carry: "f32";
    dc_carry: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  lstm_cell_backward_direct: {
    gates: "f32";
    wh: "f32";
    c: "f32";
    dout?: "f32";
    dh_carry: "f32";
    dc_carry: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  lstm_cell_direct: {
    gates: "f32";
    wh: "f32";
    h: "f32";
    c: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  lstm_sequence: {
    gates: "f32";
    wh: "f32";
    h: "f32";
    c: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  lstm_sequence_backward: {
    gates: "f32";
    wh: "f32";
    c: "f32";
    dout?: "f32";
    dh_carry: "f32";
    dc_carry: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  lstm_sequence_backward_direct: {
    gates: "f32";
    wh: "f32";
    c: "f32";
    dout?: "f32";
    dh_carry: "f32";
    dc_carry: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  lstm_sequence_direct: {
    gates: "f32";
    wh: "f32";
    h: "f32";
    c: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  matmul: {
    a: "f32";
    b: "f32";
    bias?: "f32";
    pre?: "f32";
    out: "f32";
  };
  matmul_direct: {
    a: "f32";
    b: "f32";
    bias?: "f32";
    pre?: "f32";
    out: "f32";
  };
  matmul_int8: {
    x: "i32";
    x_scale: "f32";
    w: "i32";
    w_scale: "f32";
    bias?: "f32";
    out: "f32";
  };
  matmul_masked: {
    a: "f32";
    b: "f32";
    mask: "f32";
    bias?: "f32";
    out: "f32";
  };
  matmul_masked_direct: {
    a: "f32";
    b: "f32";
    mask: "f32";
    bias?: "f32";
    out: "f32";
  };
  metric_counts: {
    predictions: "f32";
    targets: "words";
    mask?: "words";
    counts: "u32";
  };
  one_hot: {
    ids: "i32";
    out: "f32";
  };
  quantize_rows: {
    x: "f32";
    q: "i32";
    scale: "f32";
  };
  reduce: {
    x: "f32";
    out: "f32";
  };
  residual_norm: {
    x: "f32";
    sublayer: "f32";
    counter?: "u32";
    weight?: "f32";
    bias?: "f32";
    sum: "f32";
    out: "f32";
    stats: "f32";
  };
  residual_norm_backward: {
    sum: "f32";
    stats: "f32";
    weight?: "f32";
    dout: "f32";
    dsum?: "f32";
    counter?: "u32";
    dx?: "f32";
    dsublayer?: "f32";
  };
  rmsprop: {
    p: "f32";
    g: "f32";
    v: "f32";
    m: "f32";
    settings: "f32";
  };
  rnn_sequence: {
    pre: "f32";
    wh: "f32";
    h: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  rnn_sequence_backward: {
    dpre: "f32";
    wh: "f32";
    h: "f32";
    dout?: "f32";
    dh_carry: "f32";
    mask?: "i32";
    keep?: "f32";
  };
  sgd: {
    p: "f32";
    g: "f32";
    m: "f32";
    settings: "f32";
  };
  softmax: {
    x: "f32";
    out: "f32";
  };
  softmax_backward: {
    y: "f32";
    dout: "f32";
    dx: "f32";
  };
  unary: {
    x: "f32";
    out: "f32";
  };
  unary_backward: {
    x: "f32";
    y: "f32";
    dout: "f32";
    dx: "f32";
  };
  where_select: {
    condition: "i32";
    a: "words";
    b: "words";
    out: "words";
  };
}

export type KernelName = keyof KernelParams;

/** One kernel as a backend needs it. */
export interface KernelSpec {
  readonly name: KernelName;
  readonly workgroup: readonly [number, number, number];
  readonly paramsSize: number;
  readonly params: readonly { name: string; offset: number; type: "u32" | "i32" | "f32"; length: number }[];
  readonly bindings: readonly { name: string; access: "read" | "read_write"; type: "f32" | "i32" | "u32" | "words"; optional: boolean }[];
  readonly overrides: readonly { name: string; type: "u32" | "i32" | "f32" | "bool" }[];
  readonly source: string;
}

export const KERNELS: { readonly [K in KernelName]: KernelSpec } = {
  activation_dropout: {
    name: "activation_dropout",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "operation", offset: 4, type: "u32", length: 1 },
      { name: "threshold", offset: 8, type: "u32", length: 1 },
      { name: "scale", offset: 12, type: "f32", length: 1 },
      { name: "x_offset", offset: 16, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "counter", access: "read", type: "u32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "activation", type: "u32" }],
    source: "// activation_dropout: an activation, then dropout, in one pass: the middle of a feed-forward block.\n//\n//   out[i] = keep[i] ? scale · f(x[i]) : 0        f = relu, gelu or gelu's tanh approximation\n//\n//   x        [count]       contiguous\n//   counter  [seed, step]  of the device, written once a step\n//   out      [count]       contiguous\n//\n// keep[i] is as in dropout.wgsl, to the bit, and f as in unary.wgsl.\n//\n// Dispatch: one thread per four elements, 64 to a workgroup.\n// Gradient: activation_dropout_backward.wgsl.   CPU twin: src/backend/cpu/activation_dropout.ts.\n// Layer: src/nn/transformer_block.ts.\n// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26; dropout: Srivastava et al. 2014.\n\noverride activation: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  operation: u32,\n  threshold: u32,\n  scale: f32,\n  x_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> counter: array<u32>;\n@group(0) @binding(3) var<storage, read_write> out: array<f32>;\n\nconst SQRT_HALF = 0.7071067811865476;\nconst SQRT_2_OVER_PI = 0.7978845608028654;\n\nfn pcg4d(input: vec4<u32>) -> vec4<u32> {\n  var v = input * 1664525u + 1013904223u;\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  v ^= v >> vec4<u32>(16u);\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  return v;\n}\n\nfn erf(v: f32) -> f32 {\n  let t = 1.0 / (1.0 + 0.3275911 * abs(v));\n  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));\n  return sign(v) * (1.0 - series * exp(-v * v));\n}\n\nfn f(v: f32) -> f32 {\n  if ((bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u) { return v; }  // NaN, which max would lose\n  switch activation {\n    case 1u: { return max(v, 0.0); }\n    case 2u: { return 0.5 * v * (1.0 + erf(v * SQRT_HALF)); }\n    case 3u: { return 0.5 * v * (1.0 + tanh(clamp(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v), -15.0, 15.0))); }\n    default: { return v; }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn activation_dropout(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let j = id.x + id.y * groups.x * 64u;\n  let bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j));\n  for (var lane = 0u; lane < 4u; lane++) {\n    let i = j * 4u + lane;\n    if (i >= params.count) { return; }\n    let keep = (bits[lane] >> 8u) >= params.threshold;\n    out[i] = select(0.0, params.scale * f(x[params.x_offset + i]), keep);\n  }\n}\n",
  },
  activation_dropout_backward: {
    name: "activation_dropout_backward",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "operation", offset: 4, type: "u32", length: 1 },
      { name: "threshold", offset: 8, type: "u32", length: 1 },
      { name: "scale", offset: 12, type: "f32", length: 1 },
      { name: "x_offset", offset: 16, type: "u32", length: 1 },
      { name: "dout_offset", offset: 20, type: "u32", length: 1 },
      { name: "accumulate", offset: 24, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "counter", access: "read", type: "u32", optional: false },
      { name: "dx", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "activation", type: "u32" }],
    source: "// activation_dropout_backward: the gradient of activation_dropout, whose mask it draws again.\n//\n//   dx[i] = keep[i] ? scale · dout[i] · f′(x[i]) : 0        f = relu, gelu or gelu's tanh approximation\n//\n//   x        [count]       the input, contiguous\n//   dout     [count]       the gradient of the output, contiguous\n//   counter  [seed, step]  as it was in the forward pass\n//   dx       [count]       contiguous; added to when accumulate is 1\n//\n// gelu(x) = x Φ(x) has the slope Φ(x) + x φ(x).\n//\n// Dispatch: one thread per four elements, 64 to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/activation_dropout_backward.ts.\n// Layer: src/nn/transformer_block.ts.\n// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26.\n\noverride activation: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  operation: u32,\n  threshold: u32,\n  scale: f32,\n  x_offset: u32,\n  dout_offset: u32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> dout: array<f32>;\n@group(0) @binding(3) var<storage, read> counter: array<u32>;\n@group(0) @binding(4) var<storage, read_write> dx: array<f32>;\n\nconst SQRT_HALF = 0.7071067811865476;\nconst INV_SQRT_2PI = 0.3989422804014327;\nconst SQRT_2_OVER_PI = 0.7978845608028654;\n\nfn pcg4d(input: vec4<u32>) -> vec4<u32> {\n  var v = input * 1664525u + 1013904223u;\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  v ^= v >> vec4<u32>(16u);\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  return v;\n}\n\nfn erf(v: f32) -> f32 {\n  let t = 1.0 / (1.0 + 0.3275911 * abs(v));\n  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));\n  return sign(v) * (1.0 - series * exp(-v * v));\n}\n\nfn slope(v: f32) -> f32 {\n  switch activation {\n    case 1u: { return select(0.0, 1.0, v > 0.0); }\n    case 2u: { return 0.5 * (1.0 + erf(v * SQRT_HALF)) + v * INV_SQRT_2PI * exp(-0.5 * v * v); }\n    case 3u: {\n      let t = tanh(clamp(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v), -15.0, 15.0));\n      return 0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * SQRT_2_OVER_PI * (1.0 + 0.134145 * v * v);\n    }\n    default: { return 1.0; }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn activation_dropout_backward(@builtin(global_invocation_id) id: vec3<u32>,\n                               @builtin(num_workgroups) groups: vec3<u32>) {\n  let j = id.x + id.y * groups.x * 64u;\n  let bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j));\n  for (var lane = 0u; lane < 4u; lane++) {\n    let i = j * 4u + lane;\n    if (i >= params.count) { return; }\n    let keep = (bits[lane] >> 8u) >= params.threshold;\n    let d = params.scale * dout[params.dout_offset + i] * slope(x[params.x_offset + i]);\n    let v = select(0.0, d, keep);\n    if (params.accumulate == 1u) { dx[i] += v; } else { dx[i] = v; }\n  }\n}\n",
  },
  adam: {
    name: "adam",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "offset", offset: 4, type: "u32", length: 1 },
      { name: "row", offset: 8, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "p", access: "read_write", type: "f32", optional: false },
      { name: "g", access: "read", type: "f32", optional: false },
      { name: "m", access: "read_write", type: "f32", optional: false },
      { name: "v", access: "read_write", type: "f32", optional: false },
      { name: "settings", access: "read", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// adam: one step of Adam over a flat arena of parameters.\n//\n//   g = g + decay · p\n//   p = p − shrink · p\n//   m = β₁ m + (1 − β₁) g               v = β₂ v + (1 − β₂) g²\n//   p = p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)\n//\n//   p, g, m, v  [size]     parameters, gradients and both moments, side by side in four arenas\n//   settings    [rows, 8]  β₁, β₂, decay, lr / (1 − β₁ᵗ), 1 / √(1 − β₂ᵗ), ε, shrink; a row per group and\n//                          step count\n//\n// What changes from step to step (t, lr) comes from the settings buffer, not from params. Keras adds its ε to the\n// uncorrected √v; the host gives it the same formula with another ε (src/optim/adam.ts). shrink is lr times the weight\n// decay of AdamW, 0 for Adam; decay is 0 for AdamW.\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none.   CPU twin: src/backend/cpu/adam.ts.\n// Source: Kingma & Ba 2015; Loshchilov & Hutter 2019; in PyTorch's order of operations.\n\nstruct Params {\n  count: u32,\n  offset: u32,\n  row: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> p: array<f32>;\n@group(0) @binding(2) var<storage, read> g: array<f32>;\n@group(0) @binding(3) var<storage, read_write> m: array<f32>;\n@group(0) @binding(4) var<storage, read_write> v: array<f32>;\n@group(0) @binding(5) var<storage, read> settings: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn adam(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let n = id.x + id.y * groups.x * 64u;\n  if (n >= params.count) { return; }\n  let i = params.offset + n;\n  let s = params.row * 8u;\n  let beta1 = settings[s];\n  let beta2 = settings[s + 1u];\n  let decay = settings[s + 2u];\n  let step_size = settings[s + 3u];\n  let v_scale = settings[s + 4u];\n  let eps = settings[s + 5u];\n  let shrink = settings[s + 6u];\n  let gradient = g[i] + decay * p[i];\n  m[i] = beta1 * m[i] + (1.0 - beta1) * gradient;\n  v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient;\n  p[i] = p[i] - shrink * p[i] - step_size * m[i] / (sqrt(v[i]) * v_scale + eps);\n}\n",
  },
  argmax: {
    name: "argmax",
    workgroup: [256, 1, 1],
    paramsSize: 32,
    params: [
      { name: "outer", offset: 0, type: "u32", length: 1 },
      { name: "length", offset: 4, type: "u32", length: 1 },
      { name: "inner", offset: 8, type: "u32", length: 1 },
      { name: "lanes", offset: 12, type: "u32", length: 1 },
      { name: "x_offset", offset: 16, type: "u32", length: 1 },
      { name: "x_outer", offset: 20, type: "u32", length: 1 },
      { name: "x_length", offset: 24, type: "u32", length: 1 },
      { name: "x_inner", offset: 28, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "i32", optional: false },
    ],
    overrides: [{ name: "smallest", type: "bool" }],
    source: "// argmax: where the largest (or smallest) element along the middle axis of [outer, length, inner] is.\n//\n//   out[o, i] = the first k at which x[o, k, i] is largest\n//\n//   x    [outer, length, inner]  each axis with its own stride\n//   out  [outer, inner]          i32, contiguous\n//\n// NaN never wins; a column of nothing but NaN gives 0.\n//\n// A workgroup serves `lanes` neighbouring columns of one o, as in reduce.wgsl: its 256 / lanes threads per column\n// each take every (256 / lanes)-th k, and pairs of candidates are compared until one is left.\n//\n// Dispatch: outer · ceil(inner / lanes) workgroups of 256 threads, lanes = 32, or 1 when inner is 1.\n// Gradient: none.   CPU twin: src/backend/cpu/argmax.ts.\n\noverride smallest: bool = false;\n\nstruct Params {\n  outer: u32,\n  length: u32,\n  inner: u32,\n  lanes: u32,\n  x_offset: u32,\n  x_outer: u32,\n  x_length: u32,\n  x_inner: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read_write> out: array<i32>;\n\nconst NONE = 0xffffffffu;\n\nvar<workgroup> best: array<f32, 256>;\nvar<workgroup> best_k: array<u32, 256>;\n\n// Drivers optimise v != v away; the bit pattern tells.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\n// Whether candidate (v, k) goes before candidate (w, l).\nfn wins(v: f32, k: u32, w: f32, l: u32) -> bool {\n  if (k == NONE) { return false; }\n  return l == NONE || v > w || (v == w && k < l);\n}\n\n@compute @workgroup_size(256, 1, 1)\nfn argmax(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n          @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let slices = 256u / lanes;\n  let slice = local / lanes;\n  // A tile is `lanes` columns of one o; more than 65,535 of them fold into y. No thread may leave before the\n  // barriers, so those past the end go along without reading or storing.\n  let tiles = (params.inner + lanes - 1u) / lanes;\n  let tile = group.x + group.y * groups.x;\n  let o = tile / tiles;\n  let i = (tile % tiles) * lanes + local % lanes;\n  let inside = o < params.outer && i < params.inner;\n\n  var value = 0.0;\n  var at = NONE;\n  if (inside) {\n    let base = params.x_offset + o * params.x_outer + i * params.x_inner;\n    for (var k = slice; k < params.length; k += slices) {\n      let v = select(x[base + k * params.x_length], -x[base + k * params.x_length], smallest);\n      if (!is_nan(v) && wins(v, k, value, at)) {\n        value = v;\n        at = k;\n      }\n    }\n  }\n  best[local] = value;\n  best_k[local] = at;\n  workgroupBarrier();\n  for (var half = 128u; half >= lanes; half /= 2u) {\n    if (local < half && wins(best[local + half], best_k[local + half], best[local], best_k[local])) {\n      best[local] = best[local + half];\n      best_k[local] = best_k[local + half];\n    }\n    workgroupBarrier();\n  }\n  if (slice == 0u && inside) {\n    out[o * params.inner + i] = i32(select(best_k[local], 0u, best_k[local] == NONE));\n  }\n}\n",
  },
  attention: {
    name: "attention",
    workgroup: [64, 1, 1],
    paramsSize: 160,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "heads", offset: 4, type: "u32", length: 1 },
      { name: "queries", offset: 8, type: "u32", length: 1 },
      { name: "keys", offset: 12, type: "u32", length: 1 },
      { name: "head_dim", offset: 16, type: "u32", length: 1 },
      { name: "scale", offset: 20, type: "f32", length: 1 },
      { name: "causal", offset: 24, type: "u32", length: 1 },
      { name: "query_start", offset: 28, type: "u32", length: 1 },
      { name: "q_offset", offset: 32, type: "u32", length: 1 },
      { name: "q_batch", offset: 36, type: "u32", length: 1 },
      { name: "q_row", offset: 40, type: "u32", length: 1 },
      { name: "q_head", offset: 44, type: "u32", length: 1 },
      { name: "k_offset", offset: 48, type: "u32", length: 1 },
      { name: "k_batch", offset: 52, type: "u32", length: 1 },
      { name: "k_row", offset: 56, type: "u32", length: 1 },
      { name: "k_head", offset: 60, type: "u32", length: 1 },
      { name: "v_offset", offset: 64, type: "u32", length: 1 },
      { name: "v_batch", offset: 68, type: "u32", length: 1 },
      { name: "v_row", offset: 72, type: "u32", length: 1 },
      { name: "v_head", offset: 76, type: "u32", length: 1 },
      { name: "out_offset", offset: 80, type: "u32", length: 1 },
      { name: "out_batch", offset: 84, type: "u32", length: 1 },
      { name: "out_row", offset: 88, type: "u32", length: 1 },
      { name: "out_head", offset: 92, type: "u32", length: 1 },
      { name: "mask_kind", offset: 96, type: "u32", length: 1 },
      { name: "mask_offset", offset: 100, type: "u32", length: 1 },
      { name: "mask_batch", offset: 104, type: "u32", length: 1 },
      { name: "mask_head", offset: 108, type: "u32", length: 1 },
      { name: "mask_row", offset: 112, type: "u32", length: 1 },
      { name: "mask_column", offset: 116, type: "u32", length: 1 },
      { name: "has_padding", offset: 120, type: "u32", length: 1 },
      { name: "padding_offset", offset: 124, type: "u32", length: 1 },
      { name: "padding_batch", offset: 128, type: "u32", length: 1 },
      { name: "seed", offset: 132, type: "u32", length: 1 },
      { name: "step", offset: 136, type: "u32", length: 1 },
      { name: "operation", offset: 140, type: "u32", length: 1 },
      { name: "threshold", offset: 144, type: "u32", length: 1 },
      { name: "keep_scale", offset: 148, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "q", access: "read", type: "f32", optional: false },
      { name: "k", access: "read", type: "f32", optional: false },
      { name: "v", access: "read", type: "f32", optional: false },
      { name: "mask", access: "read", type: "words", optional: true },
      { name: "padding", access: "read", type: "i32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
      { name: "lse", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// attention: softmax(Q·Kᵀ) · V of every head, without storing the scores.\n//\n//   s[t, j] = scale · q[t] · k[j] + mask[t, j]               −3e38 where the pair is masked\n//   out[t]  = Σ_j keep[t, j] · exp(s[t, j] − lse[t]) · v[j]  lse[t] = log Σ_j exp(s[t, j])\n//\n//   q        [batch, queries, heads, head_dim]  strides for batch, row and head: heads are read where a projection\n//   k, v     [batch, keys, heads, head_dim]     wrote them; head_dim ≤ 128, its elements are neighbours\n//   mask     [batch, heads, queries, keys]      optional, any strides; kind 1: f32, added; 2: i32, not 0 = masked\n//   padding  [batch, keys]  i32                 optional; not 0 = a key that no query sees\n//   out      [batch, queries, heads, head_dim]  strides; zeros for a query that sees no key\n//   lse      [batch, heads, queries]            all that the gradient needs beside the inputs; 0 where it sees none\n//\n// Causal: query t sees the keys up to query_start + t. Dropout: keep is 0 or keep_scale, by the bits that dropout.wgsl\n// draws for [batch, heads, queries, keys]. A workgroup serves 8 queries of a head, 8 threads each, and takes the keys\n// in tiles of 32. Online softmax: m is the largest score so far; a larger one scales down what was summed before it.\n// Dispatch: ceil(queries / 8) · batch · heads workgroups of 64 threads.   Layer: src/nn/multihead_attention.ts.\n// Gradient: attention_backward_delta.wgsl, then _queries and _keys.   CPU twin: src/backend/cpu/attention.ts.\n// Source: Vaswani et al. 2017; online softmax: Milakov & Gimelshein 2018; in tiles: Dao et al. 2022.\n\nstruct Params {\n  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,\n  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,\n  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32, out_offset: u32, out_batch: u32, out_row: u32, out_head: u32,\n  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,\n  has_padding: u32, padding_offset: u32, padding_batch: u32,\n  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,  // threshold 0: nothing is dropped\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> q: array<f32>;\n@group(0) @binding(2) var<storage, read> k: array<f32>;\n@group(0) @binding(3) var<storage, read> v: array<f32>;\n@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional\n@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read_write> out: array<f32>;\n@group(0) @binding(7) var<storage, read_write> lse: array<f32>;\n\nconst MASKED = -1.0e38;\nconst LOWEST = -3.0e38;\nconst STEPS = vec4<u32>(0u, 1u, 2u, 3u);\nvar<workgroup> k_tile: array<vec4<f32>, 288>;  // [32 of head_dim, 9]: four keys to a vector; the 9th spreads the banks\nvar<workgroup> partial: array<f32, 64>;\nvar<workgroup> p_tile: array<vec4<f32>, 64>;  // [8 queries, 8]: the weights of four keys to a vector\n\nfn score(b: u32, h: u32, t: u32, j: u32, dot_qk: f32) -> f32 {\n  if (j >= params.keys || (params.causal == 1u && j > params.query_start + t)) { return LOWEST; }\n  if (params.has_padding == 1u && padding[params.padding_offset + b * params.padding_batch + j] != 0) { return LOWEST; }\n  let s = params.scale * dot_qk;\n  if (params.mask_kind == 0u) { return s; }\n  let at = params.mask_offset + b * params.mask_batch + h * params.mask_head;\n  let word = mask[at + t * params.mask_row + j * params.mask_column];\n  return select(s + bitcast<f32>(word), select(s, LOWEST, word != 0u), params.mask_kind == 2u);\n}\n\n// exp loses NaN on some drivers, and what went wrong must not look right; v != v is optimised away, the bits tell.\nfn weight(s: f32, m: f32) -> f32 {\n  return select(select(exp(s - m), 0.0, s <= MASKED), s, (bitcast<u32>(s) & 0x7fffffffu) > 0x7f800000u);\n}\n\n// What dropout makes of the weight at place i of [batch, heads, queries, keys]; the hash is pcg4d (dropout.wgsl).\nfn keep(i: u32) -> f32 {\n  if (params.threshold == 0u) { return 1.0; }\n  var x = vec4<u32>(params.seed, params.step, params.operation, i / 4u) * 1664525u + 1013904223u;\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  x ^= x >> vec4<u32>(16u);\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  return select(0.0, params.keep_scale, (x[i % 4u] >> 8u) >= params.threshold);\n}\n\nfn v_four(i: u32) -> vec4<f32> { return vec4<f32>(v[i], v[i + 1u], v[i + 2u], v[i + 3u]); }\n// Four neighbouring columns of four rows of v, each row times its weight.\nfn mixed(p: vec4<f32>, at: vec4<u32>) -> vec4<f32> {\n  return p.x * v_four(at.x) + p.y * v_four(at.y) + p.z * v_four(at.z) + p.w * v_four(at.w);\n}\n\nfn store(at: u32, lane: u32, values: mat4x4<f32>) {\n  var sums = values;\n  for (var c = 4u * lane; c < params.head_dim; c += 32u) {\n    for (var i = 0u; i < min(4u, params.head_dim - c); i++) { out[at + c + i] = sums[c / 32u][i]; }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn attention(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n             @builtin(num_workgroups) groups: vec3<u32>) {\n  let parts = (params.queries + 7u) / 8u;\n  let part = group.x + group.y * groups.x;\n  let n = part / parts;  // a head of a sequence; past the last one nothing is stored\n  let b = min(n / params.heads, params.batch - 1u);\n  let h = n % params.heads;\n  let first = part % parts * 8u;\n  let t = min(first + local / 8u, params.queries - 1u);\n  let lane = local % 8u;\n  let q_base = params.q_offset + b * params.q_batch + t * params.q_row + h * params.q_head;\n  let k_base = params.k_offset + b * params.k_batch + h * params.k_head;\n  let v_base = params.v_offset + b * params.v_batch + h * params.v_head + 4u * lane;\n  let D = params.head_dim;\n  let end = min(params.keys, select(params.keys, params.query_start + first + 8u, params.causal == 1u));\n  var m = LOWEST;\n  var l = 0.0;  // Σ exp(s − m) over this thread's share of the keys\n  var acc = mat4x4<f32>();  // Σ p v in the columns 4 · lane to 4 · lane + 3, and those 32, 64 and 96 further\n  for (var tile = 0u; tile < end; tile += 32u) {\n    var dots = vec4<f32>();\n    for (var d0 = 0u; d0 < D; d0 += 32u) {\n      for (var i = local; i < 256u; i += 64u) {\n        let rows = min(tile + i / 32u * 4u + STEPS, vec4<u32>(params.keys - 1u));\n        let at = k_base + rows * params.k_row + min(d0 + i % 32u, D - 1u);\n        k_tile[i % 32u * 9u + i / 32u] = vec4<f32>(k[at.x], k[at.y], k[at.z], k[at.w]);\n      }\n      workgroupBarrier();\n      for (var d = 0u; d < min(32u, D - d0); d++) { dots += q[q_base + d0 + d] * k_tile[d * 9u + lane]; }\n      workgroupBarrier();\n    }\n    let j = tile + 4u * lane;\n    let s = vec4<f32>(score(b, h, t, j, dots.x), score(b, h, t, j + 1u, dots.y),\n                      score(b, h, t, j + 2u, dots.z), score(b, h, t, j + 3u, dots.w));\n    partial[local] = max(max(s.x, s.y), max(s.z, s.w));\n    workgroupBarrier();\n    let m_before = m;\n    for (var i = 0u; i < 8u; i++) { m = max(m, partial[local - lane + i]); }\n    let p = vec4<f32>(weight(s.x, m), weight(s.y, m), weight(s.z, m), weight(s.w, m));\n    let place = (n * params.queries + t) * params.keys + j;\n    p_tile[local] = p * vec4<f32>(keep(place), keep(place + 1u), keep(place + 2u), keep(place + 3u));\n    workgroupBarrier();\n    let rescale = exp(m_before - m);\n    l = l * rescale + dot(p, vec4<f32>(1.0));\n    acc = acc * rescale;\n    for (var i = 0u; i < 8u; i++) {\n      let p = p_tile[local - lane + i];\n      let at = v_base + params.v_row * min(tile + 4u * i + STEPS, vec4<u32>(params.keys - 1u));\n      acc[0] += mixed(p, at);\n      if (D > 32u) { acc[1] += mixed(p, at + 32u); }\n      if (D > 64u) { acc[2] += mixed(p, at + 64u); }\n      if (D > 96u) { acc[3] += mixed(p, at + 96u); }\n    }\n  }\n  partial[local] = l;\n  workgroupBarrier();\n  var sum = 0.0;\n  for (var i = 0u; i < 8u; i++) { sum += partial[local - lane + i]; }\n  if (n >= params.batch * params.heads || first + local / 8u >= params.queries) { return; }\n  let at = params.out_offset + b * params.out_batch + t * params.out_row + h * params.out_head;\n  store(at, lane, acc * select(1.0 / sum, 0.0, sum == 0.0));\n  if (lane == 0u) { lse[n * params.queries + t] = select(m + log(sum), 0.0, sum == 0.0); }\n}\n",
  },
  attention_backward_delta: {
    name: "attention_backward_delta",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "heads", offset: 4, type: "u32", length: 1 },
      { name: "queries", offset: 8, type: "u32", length: 1 },
      { name: "head_dim", offset: 12, type: "u32", length: 1 },
      { name: "out_offset", offset: 16, type: "u32", length: 1 },
      { name: "out_batch", offset: 20, type: "u32", length: 1 },
      { name: "out_row", offset: 24, type: "u32", length: 1 },
      { name: "out_head", offset: 28, type: "u32", length: 1 },
      { name: "dout_offset", offset: 32, type: "u32", length: 1 },
      { name: "dout_batch", offset: 36, type: "u32", length: 1 },
      { name: "dout_row", offset: 40, type: "u32", length: 1 },
      { name: "dout_head", offset: 44, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "out", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "lse", access: "read", type: "f32", optional: false },
      { name: "stats", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// attention_backward_delta: what attention's gradient needs of each query, before its other two kernels run.\n//\n//   delta[t] = dout[t] · out[t]     = Σ_j p[t, j] · dp[t, j], the mean slope of the row's softmax\n//\n//   out    [batch, queries, heads, head_dim]  strides for batch, row and head, as attention wrote it\n//   dout   [batch, queries, heads, head_dim]  the gradient of the output; strides\n//   lse    [batch, heads, queries]            from attention\n//   stats  [batch, heads, queries, 2]         lse and delta side by side\n//\n// Dispatch: one thread per query of each head, 64 to a workgroup.   Layer: src/nn/multihead_attention.ts.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/attention_backward_delta.ts.\n// Source: Dao et al. 2022.\n\nstruct Params {\n  batch: u32,\n  heads: u32,\n  queries: u32,\n  head_dim: u32,\n  out_offset: u32,\n  out_batch: u32,\n  out_row: u32,\n  out_head: u32,\n  dout_offset: u32,\n  dout_batch: u32,\n  dout_row: u32,\n  dout_head: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> out: array<f32>;\n@group(0) @binding(2) var<storage, read> dout: array<f32>;\n@group(0) @binding(3) var<storage, read> lse: array<f32>;\n@group(0) @binding(4) var<storage, read_write> stats: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn attention_backward_delta(@builtin(global_invocation_id) id: vec3<u32>,\n                            @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.batch * params.heads * params.queries) { return; }\n  let t = i % params.queries;\n  let h = i / params.queries % params.heads;\n  let b = i / params.queries / params.heads;\n  let at = params.out_offset + b * params.out_batch + t * params.out_row + h * params.out_head;\n  let at_dout = params.dout_offset + b * params.dout_batch + t * params.dout_row + h * params.dout_head;\n  var delta = 0.0;\n  for (var d = 0u; d < params.head_dim; d++) { delta += out[at + d] * dout[at_dout + d]; }\n  stats[2u * i] = lse[i];\n  stats[2u * i + 1u] = delta;\n}\n",
  },
  attention_backward_keys: {
    name: "attention_backward_keys",
    workgroup: [64, 1, 1],
    paramsSize: 176,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "heads", offset: 4, type: "u32", length: 1 },
      { name: "queries", offset: 8, type: "u32", length: 1 },
      { name: "keys", offset: 12, type: "u32", length: 1 },
      { name: "head_dim", offset: 16, type: "u32", length: 1 },
      { name: "scale", offset: 20, type: "f32", length: 1 },
      { name: "causal", offset: 24, type: "u32", length: 1 },
      { name: "query_start", offset: 28, type: "u32", length: 1 },
      { name: "q_offset", offset: 32, type: "u32", length: 1 },
      { name: "q_batch", offset: 36, type: "u32", length: 1 },
      { name: "q_row", offset: 40, type: "u32", length: 1 },
      { name: "q_head", offset: 44, type: "u32", length: 1 },
      { name: "k_offset", offset: 48, type: "u32", length: 1 },
      { name: "k_batch", offset: 52, type: "u32", length: 1 },
      { name: "k_row", offset: 56, type: "u32", length: 1 },
      { name: "k_head", offset: 60, type: "u32", length: 1 },
      { name: "v_offset", offset: 64, type: "u32", length: 1 },
      { name: "v_batch", offset: 68, type: "u32", length: 1 },
      { name: "v_row", offset: 72, type: "u32", length: 1 },
      { name: "v_head", offset: 76, type: "u32", length: 1 },
      { name: "dout_offset", offset: 80, type: "u32", length: 1 },
      { name: "dout_batch", offset: 84, type: "u32", length: 1 },
      { name: "dout_row", offset: 88, type: "u32", length: 1 },
      { name: "dout_head", offset: 92, type: "u32", length: 1 },
      { name: "mask_kind", offset: 96, type: "u32", length: 1 },
      { name: "mask_offset", offset: 100, type: "u32", length: 1 },
      { name: "mask_batch", offset: 104, type: "u32", length: 1 },
      { name: "mask_head", offset: 108, type: "u32", length: 1 },
      { name: "mask_row", offset: 112, type: "u32", length: 1 },
      { name: "mask_column", offset: 116, type: "u32", length: 1 },
      { name: "has_padding", offset: 120, type: "u32", length: 1 },
      { name: "padding_offset", offset: 124, type: "u32", length: 1 },
      { name: "padding_batch", offset: 128, type: "u32", length: 1 },
      { name: "seed", offset: 132, type: "u32", length: 1 },
      { name: "step", offset: 136, type: "u32", length: 1 },
      { name: "operation", offset: 140, type: "u32", length: 1 },
      { name: "threshold", offset: 144, type: "u32", length: 1 },
      { name: "keep_scale", offset: 148, type: "f32", length: 1 },
      { name: "dk_offset", offset: 152, type: "u32", length: 1 },
      { name: "dv_offset", offset: 156, type: "u32", length: 1 },
      { name: "dkv_batch", offset: 160, type: "u32", length: 1 },
      { name: "dkv_row", offset: 164, type: "u32", length: 1 },
      { name: "dkv_head", offset: 168, type: "u32", length: 1 },
      { name: "accumulate", offset: 172, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "q", access: "read", type: "f32", optional: false },
      { name: "k", access: "read", type: "f32", optional: false },
      { name: "v", access: "read", type: "f32", optional: false },
      { name: "mask", access: "read", type: "words", optional: true },
      { name: "padding", access: "read", type: "i32", optional: true },
      { name: "stats", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dkv", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// attention_backward_keys: the gradients of attention's keys and values.\n//\n//   p[t, j] = exp(s[t, j] − lse[t])      ds[t, j] = p[t, j] · (keep[t, j] · dout[t] · v[j] − delta[t])\n//   dk[j] = scale · Σ_t ds[t, j] · q[t]  dv[j] = Σ_t keep[t, j] · p[t, j] · dout[t]\n//\n//   q, k, v, mask, padding, and what decides keep   as in attention.wgsl\n//   stats    [batch, heads, queries, 2]             lse and delta, from attention_backward_delta\n//   dout     [batch, queries, heads, head_dim]      the gradient of the output; strides\n//   dkv      [batch, keys, heads, head_dim]         dk and dv, from two offsets; added to when accumulate is 1\n//\n// attention.wgsl turned around: a workgroup serves 8 keys of a head, and takes the queries in tiles of 32.\n// Dispatch: ceil(keys / 8) · batch · heads workgroups of 64 threads.   Layer: src/nn/multihead_attention.ts.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/attention_backward_keys.ts.\n\nstruct Params {\n  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,\n  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,\n  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32,\n  dout_offset: u32, dout_batch: u32, dout_row: u32, dout_head: u32,\n  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,\n  has_padding: u32, padding_offset: u32, padding_batch: u32,\n  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,\n  dk_offset: u32, dv_offset: u32, dkv_batch: u32, dkv_row: u32, dkv_head: u32, accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> q: array<f32>;\n@group(0) @binding(2) var<storage, read> k: array<f32>;\n@group(0) @binding(3) var<storage, read> v: array<f32>;\n@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional\n@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read> stats: array<f32>;\n@group(0) @binding(7) var<storage, read> dout: array<f32>;\n@group(0) @binding(8) var<storage, read_write> dkv: array<f32>;\n\nconst MASKED = -1.0e38;\nconst LOWEST = -3.0e38;\nconst STEPS = vec4<u32>(0u, 1u, 2u, 3u);\nvar<workgroup> q_tile: array<vec4<f32>, 288>;  // [32 of head_dim, 9], four queries to a vector; 9 spreads the banks\nvar<workgroup> dout_tile: array<vec4<f32>, 288>;\nvar<workgroup> p_tile: array<vec4<f32>, 64>;  // [8 keys, 8]: keep · p of four queries to a vector\nvar<workgroup> ds_tile: array<vec4<f32>, 64>;\n\nfn score(b: u32, h: u32, t: u32, j: u32, dot_qk: f32) -> f32 {\n  if (j >= params.keys || (params.causal == 1u && j > params.query_start + t)) { return LOWEST; }\n  if (params.has_padding == 1u && padding[params.padding_offset + b * params.padding_batch + j] != 0) { return LOWEST; }\n  let s = params.scale * dot_qk;\n  if (params.mask_kind == 0u) { return s; }\n  let at = params.mask_offset + b * params.mask_batch + h * params.mask_head;\n  let word = mask[at + t * params.mask_row + j * params.mask_column];\n  return select(s + bitcast<f32>(word), select(s, LOWEST, word != 0u), params.mask_kind == 2u);\n}\n\nfn weight(s: f32, lse: f32) -> f32 {\n  return select(select(exp(s - lse), 0.0, s <= MASKED), s, (bitcast<u32>(s) & 0x7fffffffu) > 0x7f800000u);\n}\n\nfn keep(i: u32) -> f32 {\n  if (params.threshold == 0u) { return 1.0; }\n  var x = vec4<u32>(params.seed, params.step, params.operation, i / 4u) * 1664525u + 1013904223u;\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  x ^= x >> vec4<u32>(16u);\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  return select(0.0, params.keep_scale, (x[i % 4u] >> 8u) >= params.threshold);\n}\n\n// keep · p and ds of a query and a key.\nfn pair(b: u32, h: u32, t: u32, j: u32, dot_qk: f32, dp: f32) -> vec2<f32> {\n  if (t >= params.queries) { return vec2<f32>(); }\n  let row = (b * params.heads + h) * params.queries + t;\n  let p = weight(score(b, h, t, j, dot_qk), stats[2u * row]);\n  let kept = p * keep(row * params.keys + j);\n  return vec2<f32>(kept, kept * dp - p * stats[2u * row + 1u]);\n}\nfn q_four(i: u32) -> vec4<f32> { return vec4<f32>(q[i], q[i + 1u], q[i + 2u], q[i + 3u]); }\nfn dout_four(i: u32) -> vec4<f32> { return vec4<f32>(dout[i], dout[i + 1u], dout[i + 2u], dout[i + 3u]); }\n\nfn store(at: u32, lane: u32, values: mat4x4<f32>) {\n  var sums = values;\n  for (var c = 4u * lane; c < params.head_dim; c += select(29u, 1u, c % 4u < 3u)) {\n    dkv[at + c] = select(0.0, dkv[at + c], params.accumulate == 1u) + sums[c / 32u][c % 4u];\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn attention_backward_keys(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                           @builtin(num_workgroups) groups: vec3<u32>) {\n  let parts = (params.keys + 7u) / 8u;\n  let part = group.x + group.y * groups.x;\n  let n = part / parts;  // a head of a sequence; past the last one nothing is stored\n  let b = min(n / params.heads, params.batch - 1u);\n  let h = n % params.heads;\n  let first = part % parts * 8u;\n  let j = min(first + local / 8u, params.keys - 1u);\n  let lane = local % 8u;\n  let k_base = params.k_offset + b * params.k_batch + j * params.k_row + h * params.k_head;\n  let v_base = params.v_offset + b * params.v_batch + j * params.v_row + h * params.v_head;\n  let q_base = params.q_offset + b * params.q_batch + h * params.q_head;\n  let dout_base = params.dout_offset + b * params.dout_batch + h * params.dout_head;\n  let D = params.head_dim;\n  let begin = select(0u, max(first, params.query_start) - params.query_start, params.causal == 1u);\n  var dk = mat4x4<f32>();  // the columns 4 · lane to 4 · lane + 3, and those 32, 64 and 96 further\n  var dv = mat4x4<f32>();\n  for (var tile = begin; tile < params.queries; tile += 32u) {\n    var dots = vec4<f32>();  // q · k of four queries\n    var dp = vec4<f32>();  // dout · v\n    for (var d0 = 0u; d0 < D; d0 += 32u) {\n      for (var i = local; i < 256u; i += 64u) {\n        let rows = min(tile + i / 32u * 4u + STEPS, vec4<u32>(params.queries - 1u));\n        let at_q = q_base + rows * params.q_row + min(d0 + i % 32u, D - 1u);\n        let at_d = dout_base + rows * params.dout_row + min(d0 + i % 32u, D - 1u);\n        q_tile[i % 32u * 9u + i / 32u] = vec4<f32>(q[at_q.x], q[at_q.y], q[at_q.z], q[at_q.w]);\n        dout_tile[i % 32u * 9u + i / 32u] = vec4<f32>(dout[at_d.x], dout[at_d.y], dout[at_d.z], dout[at_d.w]);\n      }\n      workgroupBarrier();\n      for (var d = 0u; d < min(32u, D - d0); d++) {\n        dots += k[k_base + d0 + d] * q_tile[d * 9u + lane];\n        dp += v[v_base + d0 + d] * dout_tile[d * 9u + lane];\n      }\n      workgroupBarrier();\n    }\n    let t = tile + 4u * lane;\n    let w_0 = pair(b, h, t, j, dots.x, dp.x);\n    let w_1 = pair(b, h, t + 1u, j, dots.y, dp.y);\n    let w_2 = pair(b, h, t + 2u, j, dots.z, dp.z);\n    let w_3 = pair(b, h, t + 3u, j, dots.w, dp.w);\n    p_tile[local] = vec4<f32>(w_0.x, w_1.x, w_2.x, w_3.x);\n    ds_tile[local] = vec4<f32>(w_0.y, w_1.y, w_2.y, w_3.y);\n    workgroupBarrier();\n    for (var i = 0u; i < 32u; i++) {\n      let p = p_tile[local - lane + i / 4u][i % 4u];\n      let ds = ds_tile[local - lane + i / 4u][i % 4u];\n      let at_q = q_base + 4u * lane + min(tile + i, params.queries - 1u) * params.q_row;\n      let at_d = dout_base + 4u * lane + min(tile + i, params.queries - 1u) * params.dout_row;\n      dk[0] += ds * q_four(at_q); dv[0] += p * dout_four(at_d);\n      if (D > 32u) { dk[1] += ds * q_four(at_q + 32u); dv[1] += p * dout_four(at_d + 32u); }\n      if (D > 64u) { dk[2] += ds * q_four(at_q + 64u); dv[2] += p * dout_four(at_d + 64u); }\n      if (D > 96u) { dk[3] += ds * q_four(at_q + 96u); dv[3] += p * dout_four(at_d + 96u); }\n    }\n  }\n  if (n >= params.batch * params.heads || first + local / 8u >= params.keys) { return; }\n  let at = b * params.dkv_batch + j * params.dkv_row + h * params.dkv_head;\n  store(params.dk_offset + at, lane, dk * params.scale);\n  store(params.dv_offset + at, lane, dv);\n}\n",
  },
  attention_backward_keys_direct: {
    name: "attention_backward_keys_direct",
    workgroup: [64, 1, 1],
    paramsSize: 176,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "heads", offset: 4, type: "u32", length: 1 },
      { name: "queries", offset: 8, type: "u32", length: 1 },
      { name: "keys", offset: 12, type: "u32", length: 1 },
      { name: "head_dim", offset: 16, type: "u32", length: 1 },
      { name: "scale", offset: 20, type: "f32", length: 1 },
      { name: "causal", offset: 24, type: "u32", length: 1 },
      { name: "query_start", offset: 28, type: "u32", length: 1 },
      { name: "q_offset", offset: 32, type: "u32", length: 1 },
      { name: "q_batch", offset: 36, type: "u32", length: 1 },
      { name: "q_row", offset: 40, type: "u32", length: 1 },
      { name: "q_head", offset: 44, type: "u32", length: 1 },
      { name: "k_offset", offset: 48, type: "u32", length: 1 },
      { name: "k_batch", offset: 52, type: "u32", length: 1 },
      { name: "k_row", offset: 56, type: "u32", length: 1 },
      { name: "k_head", offset: 60, type: "u32", length: 1 },
      { name: "v_offset", offset: 64, type: "u32", length: 1 },
      { name: "v_batch", offset: 68, type: "u32", length: 1 },
      { name: "v_row", offset: 72, type: "u32", length: 1 },
      { name: "v_head", offset: 76, type: "u32", length: 1 },
      { name: "dout_offset", offset: 80, type: "u32", length: 1 },
      { name: "dout_batch", offset: 84, type: "u32", length: 1 },
      { name: "dout_row", offset: 88, type: "u32", length: 1 },
      { name: "dout_head", offset: 92, type: "u32", length: 1 },
      { name: "mask_kind", offset: 96, type: "u32", length: 1 },
      { name: "mask_offset", offset: 100, type: "u32", length: 1 },
      { name: "mask_batch", offset: 104, type: "u32", length: 1 },
      { name: "mask_head", offset: 108, type: "u32", length: 1 },
      { name: "mask_row", offset: 112, type: "u32", length: 1 },
      { name: "mask_column", offset: 116, type: "u32", length: 1 },
      { name: "has_padding", offset: 120, type: "u32", length: 1 },
      { name: "padding_offset", offset: 124, type: "u32", length: 1 },
      { name: "padding_batch", offset: 128, type: "u32", length: 1 },
      { name: "seed", offset: 132, type: "u32", length: 1 },
      { name: "step", offset: 136, type: "u32", length: 1 },
      { name: "operation", offset: 140, type: "u32", length: 1 },
      { name: "threshold", offset: 144, type: "u32", length: 1 },
      { name: "keep_scale", offset: 148, type: "f32", length: 1 },
      { name: "dk_offset", offset: 152, type: "u32", length: 1 },
      { name: "dv_offset", offset: 156, type: "u32", length: 1 },
      { name: "dkv_batch", offset: 160, type: "u32", length: 1 },
      { name: "dkv_row", offset: 164, type: "u32", length: 1 },
      { name: "dkv_head", offset: 168, type: "u32", length: 1 },
      { name: "accumulate", offset: 172, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "q", access: "read", type: "f32", optional: false },
      { name: "k", access: "read", type: "f32", optional: false },
      { name: "v", access: "read", type: "f32", optional: false },
      { name: "mask", access: "read", type: "words", optional: true },
      { name: "padding", access: "read", type: "i32", optional: true },
      { name: "stats", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dkv", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// attention_backward_keys_direct: attention_backward_keys for adapters that run on the processor.\n//\n// Equations and operands as there; head_dim is a multiple of 8, offsets and strides are of 4. A thread has four keys\n// and up to 32 columns of dk and dv, and takes four queries at a time, as attention_direct.wgsl does with keys. The\n// sums would not fit the registers anyhow, so they are arrays, which compile much faster than sixteen names.\n//\n// Dispatch: a thread per 4 keys and 32 columns of a head, 64 to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/attention_backward_keys.ts.\n\nstruct Params {\n  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,\n  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,\n  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32,\n  dout_offset: u32, dout_batch: u32, dout_row: u32, dout_head: u32,\n  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,\n  has_padding: u32, padding_offset: u32, padding_batch: u32,\n  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,\n  dk_offset: u32, dv_offset: u32, dkv_batch: u32, dkv_row: u32, dkv_head: u32, accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;\n@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;\n@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;\n@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional\n@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read> stats: array<f32>;\n@group(0) @binding(7) var<storage, read> dout: array<vec4<f32>>;\n@group(0) @binding(8) var<storage, read_write> dkv: array<vec4<f32>>;\n\nconst MASKED = vec4<f32>(-1.0e38);\nconst LOWEST = vec4<f32>(-3.0e38);\nconst STEPS = vec4<u32>(0u, 1u, 2u, 3u);\n// A query's scores of the keys j to j + 3, as in attention.wgsl.\nfn scores(b: u32, h: u32, t: u32, j: u32, dots: vec4<f32>) -> vec4<f32> {\n  var s = params.scale * dots;\n  let keys = min(j + STEPS, vec4<u32>(params.keys - 1u));\n  if (params.mask_kind != 0u) {\n    let at = params.mask_offset + b * params.mask_batch + h * params.mask_head + t * params.mask_row;\n    let i = at + keys * params.mask_column;\n    let words = vec4<u32>(mask[i.x], mask[i.y], mask[i.z], mask[i.w]);\n    s = select(s + bitcast<vec4<f32>>(words), select(s, LOWEST, words != vec4<u32>()), params.mask_kind == 2u);\n  }\n  if (params.has_padding == 1u) {\n    let i = params.padding_offset + b * params.padding_batch + keys;\n    s = select(s, LOWEST, vec4<i32>(padding[i.x], padding[i.y], padding[i.z], padding[i.w]) != vec4<i32>());\n  }\n  let end = select(params.keys, min(params.keys, params.query_start + t + 1u), params.causal == 1u);\n  return select(s, LOWEST, j + STEPS >= vec4<u32>(end));\n}\nfn weights(s: vec4<f32>, lse: f32) -> vec4<f32> { return select(exp(s - lse), vec4<f32>(), s <= MASKED); }\nfn pcg4d(i: u32) -> vec4<u32> {\n  var x = vec4<u32>(params.seed, params.step, params.operation, i) * 1664525u + 1013904223u;\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  x ^= x >> vec4<u32>(16u);\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  return x;\n}\n// What dropout makes of four neighbouring weights, the first at place i.\nfn keep(i: u32) -> vec4<f32> {\n  if (params.threshold == 0u) { return vec4<f32>(1.0); }\n  let r = i % 4u;\n  var x = pcg4d(i / 4u);\n  if (r != 0u) {\n    let y = pcg4d(i / 4u + 1u);\n    x = select(select(vec4<u32>(x.w, y.xyz), vec4<u32>(x.zw, y.xy), r == 2u), vec4<u32>(x.yzw, y.x), r == 1u);\n  }\n  return select(vec4<f32>(), vec4<f32>(params.keep_scale), (x >> vec4<u32>(8u)) >= vec4<u32>(params.threshold));\n}\nfn q_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(q[at.x], q[at.y], q[at.z], q[at.w]); }\nfn k_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(k[at.x], k[at.y], k[at.z], k[at.w]); }\nfn v_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(v[at.x], v[at.y], v[at.z], v[at.w]); }\nfn dout_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(dout[at.x], dout[at.y], dout[at.z], dout[at.w]); }\n// What a query adds to the keys j to j + 3: keep · p, as shares of dout[t], and scale · ds, as shares of q[t].\nfn shares(b: u32, h: u32, t: u32, j: u32, dots: vec4<f32>, dp: vec4<f32>) -> mat2x4<f32> {\n  if (t >= params.queries) { return mat2x4<f32>(); }\n  let row = (b * params.heads + h) * params.queries + t;\n  let p = weights(scores(b, h, t, j, dots), stats[2u * row]);\n  let kept = p * keep(row * params.keys + j);\n  return mat2x4<f32>(kept, params.scale * (kept * dp - p * stats[2u * row + 1u]));\n}\nfn store(at: vec4<u32>, j: u32, square: mat4x4<f32>) {\n  var sums = square;\n  for (var i = 0u; i < min(4u, params.keys - j); i++) {\n    dkv[at[i]] = select(vec4<f32>(), dkv[at[i]], params.accumulate == 1u) + sums[i];\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn attention_backward_keys_direct(@builtin(global_invocation_id) id: vec3<u32>,\n                                  @builtin(num_workgroups) groups: vec3<u32>) {\n  let fours = (params.keys + 3u) / 4u;\n  let parts = (params.head_dim + 31u) / 32u;\n  let i = id.x + id.y * groups.x * 64u;\n  let n = i / fours / parts;\n  if (n >= params.batch * params.heads) { return; }\n  let b = n / params.heads;\n  let h = n % params.heads;\n  let j = i % fours * 4u;\n  let D = params.head_dim / 4u;  // from here on, places count vectors\n  let column = i / fours % parts * 8u;\n  let width = D - column;\n  let rows = min(j + STEPS, vec4<u32>(params.keys - 1u));\n  let at_k = (params.k_offset + b * params.k_batch + h * params.k_head + rows * params.k_row) / 4u;\n  let at_v = (params.v_offset + b * params.v_batch + h * params.v_head + rows * params.v_row) / 4u;\n  let q_base = (params.q_offset + b * params.q_batch + h * params.q_head) / 4u;\n  let dout_base = (params.dout_offset + b * params.dout_batch + h * params.dout_head) / 4u;\n  let begin = select(0u, max(j, params.query_start) - params.query_start, params.causal == 1u);\n  var dk = array<mat4x4<f32>, 8>();\n  var dv = array<mat4x4<f32>, 8>();\n  for (var t = begin; t < params.queries; t += 4u) {\n    let queries = min(t + STEPS, vec4<u32>(params.queries - 1u));\n    let at_q = q_base + queries * (params.q_row / 4u);\n    let at_dout = dout_base + queries * (params.dout_row / 4u);\n    var s = mat4x4<f32>();  // a query to a vector\n    var dp = mat4x4<f32>();\n    for (var d = 0u; d < D; d++) { s += transpose(k_block(at_k + d)) * q_block(at_q + d); }\n    for (var d = 0u; d < D; d++) { dp += transpose(v_block(at_v + d)) * dout_block(at_dout + d); }\n    let w_0 = shares(b, h, t, j, s[0], dp[0]);\n    let w_1 = shares(b, h, t + 1u, j, s[1], dp[1]);\n    let w_2 = shares(b, h, t + 2u, j, s[2], dp[2]);\n    let w_3 = shares(b, h, t + 3u, j, s[3], dp[3]);\n    let p = transpose(mat4x4<f32>(w_0[0], w_1[0], w_2[0], w_3[0]));  // a key to a vector\n    let ds = transpose(mat4x4<f32>(w_0[1], w_1[1], w_2[1], w_3[1]));\n    for (var x = 0u; x < min(8u, width); x++) {\n      dk[x] += q_block(at_q + column + x) * ds;\n      dv[x] += dout_block(at_dout + column + x) * p;\n    }\n  }\n  let base = rows * params.dkv_row + b * params.dkv_batch + h * params.dkv_head;\n  for (var x = 0u; x < min(8u, width); x++) {\n    store((params.dk_offset + base) / 4u + column + x, j, dk[x]);\n    store((params.dv_offset + base) / 4u + column + x, j, dv[x]);\n  }\n}\n",
  },
  attention_backward_queries: {
    name: "attention_backward_queries",
    workgroup: [64, 1, 1],
    paramsSize: 176,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "heads", offset: 4, type: "u32", length: 1 },
      { name: "queries", offset: 8, type: "u32", length: 1 },
      { name: "keys", offset: 12, type: "u32", length: 1 },
      { name: "head_dim", offset: 16, type: "u32", length: 1 },
      { name: "scale", offset: 20, type: "f32", length: 1 },
      { name: "causal", offset: 24, type: "u32", length: 1 },
      { name: "query_start", offset: 28, type: "u32", length: 1 },
      { name: "q_offset", offset: 32, type: "u32", length: 1 },
      { name: "q_batch", offset: 36, type: "u32", length: 1 },
      { name: "q_row", offset: 40, type: "u32", length: 1 },
      { name: "q_head", offset: 44, type: "u32", length: 1 },
      { name: "k_offset", offset: 48, type: "u32", length: 1 },
      { name: "k_batch", offset: 52, type: "u32", length: 1 },
      { name: "k_row", offset: 56, type: "u32", length: 1 },
      { name: "k_head", offset: 60, type: "u32", length: 1 },
      { name: "v_offset", offset: 64, type: "u32", length: 1 },
      { name: "v_batch", offset: 68, type: "u32", length: 1 },
      { name: "v_row", offset: 72, type: "u32", length: 1 },
      { name: "v_head", offset: 76, type: "u32", length: 1 },
      { name: "dout_offset", offset: 80, type: "u32", length: 1 },
      { name: "dout_batch", offset: 84, type: "u32", length: 1 },
      { name: "dout_row", offset: 88, type: "u32", length: 1 },
      { name: "dout_head", offset: 92, type: "u32", length: 1 },
      { name: "mask_kind", offset: 96, type: "u32", length: 1 },
      { name: "mask_offset", offset: 100, type: "u32", length: 1 },
      { name: "mask_batch", offset: 104, type: "u32", length: 1 },
      { name: "mask_head", offset: 108, type: "u32", length: 1 },
      { name: "mask_row", offset: 112, type: "u32", length: 1 },
      { name: "mask_column", offset: 116, type: "u32", length: 1 },
      { name: "has_padding", offset: 120, type: "u32", length: 1 },
      { name: "padding_offset", offset: 124, type: "u32", length: 1 },
      { name: "padding_batch", offset: 128, type: "u32", length: 1 },
      { name: "seed", offset: 132, type: "u32", length: 1 },
      { name: "step", offset: 136, type: "u32", length: 1 },
      { name: "operation", offset: 140, type: "u32", length: 1 },
      { name: "threshold", offset: 144, type: "u32", length: 1 },
      { name: "keep_scale", offset: 148, type: "f32", length: 1 },
      { name: "dq_offset", offset: 152, type: "u32", length: 1 },
      { name: "dq_batch", offset: 156, type: "u32", length: 1 },
      { name: "dq_row", offset: 160, type: "u32", length: 1 },
      { name: "dq_head", offset: 164, type: "u32", length: 1 },
      { name: "accumulate", offset: 168, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "q", access: "read", type: "f32", optional: false },
      { name: "k", access: "read", type: "f32", optional: false },
      { name: "v", access: "read", type: "f32", optional: false },
      { name: "mask", access: "read", type: "words", optional: true },
      { name: "padding", access: "read", type: "i32", optional: true },
      { name: "stats", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dq", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// attention_backward_queries: the gradient of attention's queries.\n//\n//   p[t, j]  = exp(s[t, j] − lse[t])                            the weights again, from q and k\n//   ds[t, j] = p[t, j] · (keep[t, j] · dout[t] · v[j] − delta[t])\n//   dq[t]    = scale · Σ_j ds[t, j] · k[j]\n//\n//   q, k, v, mask, padding, and what decides keep   as in attention.wgsl\n//   stats    [batch, heads, queries, 2]             lse and delta, from attention_backward_delta\n//   dout     [batch, queries, heads, head_dim]      the gradient of the output; strides\n//   dq       [batch, queries, heads, head_dim]      strides; added to when accumulate is 1\n//\n// Threads share the work as in attention.wgsl; the keys and values of a tile lie in workgroup memory.\n//\n// Dispatch: ceil(queries / 8) · batch · heads workgroups of 64 threads.   Layer: src/nn/multihead_attention.ts.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/attention_backward_queries.ts.\n// Source: Dao et al. 2022.\n\nstruct Params {\n  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,\n  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,\n  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32,\n  dout_offset: u32, dout_batch: u32, dout_row: u32, dout_head: u32,\n  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,\n  has_padding: u32, padding_offset: u32, padding_batch: u32,\n  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,\n  dq_offset: u32, dq_batch: u32, dq_row: u32, dq_head: u32, accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> q: array<f32>;\n@group(0) @binding(2) var<storage, read> k: array<f32>;\n@group(0) @binding(3) var<storage, read> v: array<f32>;\n@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional\n@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read> stats: array<f32>;\n@group(0) @binding(7) var<storage, read> dout: array<f32>;\n@group(0) @binding(8) var<storage, read_write> dq: array<f32>;\n\nconst MASKED = -1.0e38;\nconst LOWEST = -3.0e38;\nconst STEPS = vec4<u32>(0u, 1u, 2u, 3u);\nvar<workgroup> k_tile: array<vec4<f32>, 288>;  // [32 of head_dim, 9]: four keys to a vector; the 9th spreads the banks\nvar<workgroup> v_tile: array<vec4<f32>, 288>;\nvar<workgroup> ds_tile: array<vec4<f32>, 64>;  // [8 queries, 8]: four keys to a vector\n\nfn score(b: u32, h: u32, t: u32, j: u32, dot_qk: f32) -> f32 {\n  if (j >= params.keys || (params.causal == 1u && j > params.query_start + t)) { return LOWEST; }\n  if (params.has_padding == 1u && padding[params.padding_offset + b * params.padding_batch + j] != 0) { return LOWEST; }\n  let s = params.scale * dot_qk;\n  if (params.mask_kind == 0u) { return s; }\n  let at = params.mask_offset + b * params.mask_batch + h * params.mask_head;\n  let word = mask[at + t * params.mask_row + j * params.mask_column];\n  return select(s + bitcast<f32>(word), select(s, LOWEST, word != 0u), params.mask_kind == 2u);\n}\n\n// As in attention.wgsl, where the comments are; lse in place of m.\nfn weight(s: f32, lse: f32) -> f32 {\n  return select(select(exp(s - lse), 0.0, s <= MASKED), s, (bitcast<u32>(s) & 0x7fffffffu) > 0x7f800000u);\n}\n\nfn keep(i: u32) -> f32 {\n  if (params.threshold == 0u) { return 1.0; }\n  var x = vec4<u32>(params.seed, params.step, params.operation, i / 4u) * 1664525u + 1013904223u;\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  x ^= x >> vec4<u32>(16u);\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  return select(0.0, params.keep_scale, (x[i % 4u] >> 8u) >= params.threshold);\n}\n\nfn k_four(i: u32) -> vec4<f32> { return vec4<f32>(k[i], k[i + 1u], k[i + 2u], k[i + 3u]); }\n// Four neighbouring columns of four rows of k, each row times its weight.\nfn mixed(w: vec4<f32>, at: vec4<u32>) -> vec4<f32> {\n  return w.x * k_four(at.x) + w.y * k_four(at.y) + w.z * k_four(at.z) + w.w * k_four(at.w);\n}\n\nfn store(at: u32, lane: u32, values: mat4x4<f32>) {\n  var sums = values;\n  for (var c = 4u * lane; c < params.head_dim; c += 32u) {\n    for (var i = 0u; i < min(4u, params.head_dim - c); i++) {\n      let before = select(0.0, dq[at + c + i], params.accumulate == 1u);\n      dq[at + c + i] = before + sums[c / 32u][i];\n    }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn attention_backward_queries(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                              @builtin(num_workgroups) groups: vec3<u32>) {\n  let parts = (params.queries + 7u) / 8u;\n  let part = group.x + group.y * groups.x;\n  let n = part / parts;  // a head of a sequence; past the last one nothing is stored\n  let b = min(n / params.heads, params.batch - 1u);\n  let h = n % params.heads;\n  let first = part % parts * 8u;\n  let t = min(first + local / 8u, params.queries - 1u);\n  let lane = local % 8u;\n  let q_base = params.q_offset + b * params.q_batch + t * params.q_row + h * params.q_head;\n  let k_base = params.k_offset + b * params.k_batch + h * params.k_head;\n  let v_base = params.v_offset + b * params.v_batch + h * params.v_head;\n  let dout_base = params.dout_offset + b * params.dout_batch + t * params.dout_row + h * params.dout_head;\n  let at_stats = 2u * ((b * params.heads + h) * params.queries + t);\n  let lse = stats[at_stats];\n  let delta = stats[at_stats + 1u];\n  let D = params.head_dim;\n  let end = min(params.keys, select(params.keys, params.query_start + first + 8u, params.causal == 1u));\n  var acc = mat4x4<f32>();  // Σ ds k in the columns 4 · lane to 4 · lane + 3, and those 32, 64 and 96 further\n  for (var tile = 0u; tile < end; tile += 32u) {\n    var dots = vec4<f32>();  // q · k of four keys\n    var dp = vec4<f32>();  // dout · v\n    for (var d0 = 0u; d0 < D; d0 += 32u) {\n      for (var i = local; i < 256u; i += 64u) {\n        let rows = min(tile + i / 32u * 4u + STEPS, vec4<u32>(params.keys - 1u));\n        let column = min(d0 + i % 32u, D - 1u);\n        let at_k = k_base + rows * params.k_row + column;\n        let at_v = v_base + rows * params.v_row + column;\n        k_tile[i % 32u * 9u + i / 32u] = vec4<f32>(k[at_k.x], k[at_k.y], k[at_k.z], k[at_k.w]);\n        v_tile[i % 32u * 9u + i / 32u] = vec4<f32>(v[at_v.x], v[at_v.y], v[at_v.z], v[at_v.w]);\n      }\n      workgroupBarrier();\n      for (var d = 0u; d < min(32u, D - d0); d++) {\n        dots += q[q_base + d0 + d] * k_tile[d * 9u + lane];\n        dp += dout[dout_base + d0 + d] * v_tile[d * 9u + lane];\n      }\n      workgroupBarrier();\n    }\n    let j = tile + 4u * lane;\n    let p = vec4<f32>(weight(score(b, h, t, j, dots.x), lse), weight(score(b, h, t, j + 1u, dots.y), lse),\n                      weight(score(b, h, t, j + 2u, dots.z), lse), weight(score(b, h, t, j + 3u, dots.w), lse));\n    let place = (n * params.queries + t) * params.keys + j;\n    ds_tile[local] = p * (dp * vec4<f32>(keep(place), keep(place + 1u), keep(place + 2u), keep(place + 3u)) - delta);\n    workgroupBarrier();\n    for (var i = 0u; i < 8u; i++) {\n      let ds = ds_tile[local - lane + i];\n      let at = k_base + 4u * lane + params.k_row * min(tile + 4u * i + STEPS, vec4<u32>(params.keys - 1u));\n      acc[0] += mixed(ds, at);\n      if (D > 32u) { acc[1] += mixed(ds, at + 32u); }\n      if (D > 64u) { acc[2] += mixed(ds, at + 64u); }\n      if (D > 96u) { acc[3] += mixed(ds, at + 96u); }\n    }\n  }\n  if (n >= params.batch * params.heads || first + local / 8u >= params.queries) { return; }\n  store(params.dq_offset + b * params.dq_batch + t * params.dq_row + h * params.dq_head, lane, acc * params.scale);\n}\n",
  },
  attention_backward_queries_direct: {
    name: "attention_backward_queries_direct",
    workgroup: [64, 1, 1],
    paramsSize: 176,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "heads", offset: 4, type: "u32", length: 1 },
      { name: "queries", offset: 8, type: "u32", length: 1 },
      { name: "keys", offset: 12, type: "u32", length: 1 },
      { name: "head_dim", offset: 16, type: "u32", length: 1 },
      { name: "scale", offset: 20, type: "f32", length: 1 },
      { name: "causal", offset: 24, type: "u32", length: 1 },
      { name: "query_start", offset: 28, type: "u32", length: 1 },
      { name: "q_offset", offset: 32, type: "u32", length: 1 },
      { name: "q_batch", offset: 36, type: "u32", length: 1 },
      { name: "q_row", offset: 40, type: "u32", length: 1 },
      { name: "q_head", offset: 44, type: "u32", length: 1 },
      { name: "k_offset", offset: 48, type: "u32", length: 1 },
      { name: "k_batch", offset: 52, type: "u32", length: 1 },
      { name: "k_row", offset: 56, type: "u32", length: 1 },
      { name: "k_head", offset: 60, type: "u32", length: 1 },
      { name: "v_offset", offset: 64, type: "u32", length: 1 },
      { name: "v_batch", offset: 68, type: "u32", length: 1 },
      { name: "v_row", offset: 72, type: "u32", length: 1 },
      { name: "v_head", offset: 76, type: "u32", length: 1 },
      { name: "dout_offset", offset: 80, type: "u32", length: 1 },
      { name: "dout_batch", offset: 84, type: "u32", length: 1 },
      { name: "dout_row", offset: 88, type: "u32", length: 1 },
      { name: "dout_head", offset: 92, type: "u32", length: 1 },
      { name: "mask_kind", offset: 96, type: "u32", length: 1 },
      { name: "mask_offset", offset: 100, type: "u32", length: 1 },
      { name: "mask_batch", offset: 104, type: "u32", length: 1 },
      { name: "mask_head", offset: 108, type: "u32", length: 1 },
      { name: "mask_row", offset: 112, type: "u32", length: 1 },
      { name: "mask_column", offset: 116, type: "u32", length: 1 },
      { name: "has_padding", offset: 120, type: "u32", length: 1 },
      { name: "padding_offset", offset: 124, type: "u32", length: 1 },
      { name: "padding_batch", offset: 128, type: "u32", length: 1 },
      { name: "seed", offset: 132, type: "u32", length: 1 },
      { name: "step", offset: 136, type: "u32", length: 1 },
      { name: "operation", offset: 140, type: "u32", length: 1 },
      { name: "threshold", offset: 144, type: "u32", length: 1 },
      { name: "keep_scale", offset: 148, type: "f32", length: 1 },
      { name: "dq_offset", offset: 152, type: "u32", length: 1 },
      { name: "dq_batch", offset: 156, type: "u32", length: 1 },
      { name: "dq_row", offset: 160, type: "u32", length: 1 },
      { name: "dq_head", offset: 164, type: "u32", length: 1 },
      { name: "accumulate", offset: 168, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "q", access: "read", type: "f32", optional: false },
      { name: "k", access: "read", type: "f32", optional: false },
      { name: "v", access: "read", type: "f32", optional: false },
      { name: "mask", access: "read", type: "words", optional: true },
      { name: "padding", access: "read", type: "i32", optional: true },
      { name: "stats", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dq", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// attention_backward_queries_direct: attention_backward_queries for adapters that run on the processor.\n//\n//   p[t, j]  = exp(s[t, j] − lse[t])                            the weights again, from q and k\n//   ds[t, j] = p[t, j] · (keep[t, j] · dout[t] · v[j] − delta[t])\n//   dq[t]    = scale · Σ_j ds[t, j] · k[j]\n//\n//   Operands as in attention_backward_queries.wgsl; head_dim is a multiple of 8, offsets and strides are of 4.\n//\n// A thread has four queries and up to 32 columns of dq, and takes four keys at a time, as in attention_direct.wgsl.\n//\n// Dispatch: a thread per 4 queries and 32 columns of a head, 64 to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/attention_backward_queries.ts.\n\nstruct Params {\n  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,\n  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,\n  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32,\n  dout_offset: u32, dout_batch: u32, dout_row: u32, dout_head: u32,\n  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,\n  has_padding: u32, padding_offset: u32, padding_batch: u32,\n  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,\n  dq_offset: u32, dq_batch: u32, dq_row: u32, dq_head: u32, accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;\n@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;\n@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;\n@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional\n@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read> stats: array<f32>;\n@group(0) @binding(7) var<storage, read> dout: array<vec4<f32>>;\n@group(0) @binding(8) var<storage, read_write> dq: array<vec4<f32>>;\n\nconst MASKED = vec4<f32>(-1.0e38);\nconst LOWEST = vec4<f32>(-3.0e38);\nconst STEPS = vec4<u32>(0u, 1u, 2u, 3u);\n// A query's scores of the keys j to j + 3, as in attention.wgsl.\nfn scores(b: u32, h: u32, t: u32, j: u32, dots: vec4<f32>) -> vec4<f32> {\n  var s = params.scale * dots;\n  let keys = min(j + STEPS, vec4<u32>(params.keys - 1u));\n  if (params.mask_kind != 0u) {\n    let at = params.mask_offset + b * params.mask_batch + h * params.mask_head + t * params.mask_row;\n    let i = at + keys * params.mask_column;\n    let words = vec4<u32>(mask[i.x], mask[i.y], mask[i.z], mask[i.w]);\n    s = select(s + bitcast<vec4<f32>>(words), select(s, LOWEST, words != vec4<u32>()), params.mask_kind == 2u);\n  }\n  if (params.has_padding == 1u) {\n    let i = params.padding_offset + b * params.padding_batch + keys;\n    s = select(s, LOWEST, vec4<i32>(padding[i.x], padding[i.y], padding[i.z], padding[i.w]) != vec4<i32>());\n  }\n  let end = select(params.keys, min(params.keys, params.query_start + t + 1u), params.causal == 1u);\n  return select(s, LOWEST, j + STEPS >= vec4<u32>(end));\n}\nfn weights(s: vec4<f32>, lse: f32) -> vec4<f32> { return select(exp(s - lse), vec4<f32>(), s <= MASKED); }\nfn pcg4d(i: u32) -> vec4<u32> {\n  var x = vec4<u32>(params.seed, params.step, params.operation, i) * 1664525u + 1013904223u;\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  x ^= x >> vec4<u32>(16u);\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  return x;\n}\n// What dropout makes of four neighbouring weights, the first at place i.\nfn keep(i: u32) -> vec4<f32> {\n  if (params.threshold == 0u) { return vec4<f32>(1.0); }\n  let r = i % 4u;\n  var x = pcg4d(i / 4u);\n  if (r != 0u) {\n    let y = pcg4d(i / 4u + 1u);\n    x = select(select(vec4<u32>(x.w, y.xyz), vec4<u32>(x.zw, y.xy), r == 2u), vec4<u32>(x.yzw, y.x), r == 1u);\n  }\n  return select(vec4<f32>(), vec4<f32>(params.keep_scale), (x >> vec4<u32>(8u)) >= vec4<u32>(params.threshold));\n}\nfn q_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(q[at.x], q[at.y], q[at.z], q[at.w]); }\nfn k_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(k[at.x], k[at.y], k[at.z], k[at.w]); }\nfn v_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(v[at.x], v[at.y], v[at.z], v[at.w]); }\nfn dout_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(dout[at.x], dout[at.y], dout[at.z], dout[at.w]); }\nfn stats_of(row: u32) -> vec2<f32> { return vec2<f32>(stats[2u * row], stats[2u * row + 1u]); }\nfn store(at: vec4<u32>, t: u32, left: mat4x4<f32>, right: mat4x4<f32>) {\n  var sums = array<mat4x4<f32>, 2>(left, right);\n  for (var i = 0u; i < 2u * min(4u, params.queries - t); i++) {\n    let to = at[i / 2u] + i % 2u;\n    dq[to] = select(vec4<f32>(), dq[to], params.accumulate == 1u) + sums[i % 2u][i / 2u];\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn attention_backward_queries_direct(@builtin(global_invocation_id) id: vec3<u32>,\n                                     @builtin(num_workgroups) groups: vec3<u32>) {\n  let fours = (params.queries + 3u) / 4u;\n  let parts = (params.head_dim + 31u) / 32u;\n  let i = id.x + id.y * groups.x * 64u;\n  let n = i / fours / parts;\n  if (n >= params.batch * params.heads) { return; }\n  let b = n / params.heads;\n  let h = n % params.heads;\n  let t = i % fours * 4u;\n  let D = params.head_dim / 4u;  // from here on, places count vectors\n  let column = i / fours % parts * 8u;\n  let width = D - column;\n  let rows = min(t + STEPS, vec4<u32>(params.queries - 1u));\n  let at_q = (params.q_offset + b * params.q_batch + h * params.q_head + rows * params.q_row) / 4u;\n  let at_dout = (params.dout_offset + b * params.dout_batch + h * params.dout_head + rows * params.dout_row) / 4u;\n  let k_base = (params.k_offset + b * params.k_batch + h * params.k_head) / 4u;\n  let v_base = (params.v_offset + b * params.v_batch + h * params.v_head) / 4u;\n  let first = n * params.queries;\n  let stat = mat4x2<f32>(stats_of(first + rows.x), stats_of(first + rows.y),\n                         stats_of(first + rows.z), stats_of(first + rows.w));\n  let end = select(params.keys, min(params.keys, params.query_start + t + 4u), params.causal == 1u);\n  var acc_0 = mat4x4<f32>(); var acc_1 = mat4x4<f32>(); var acc_2 = mat4x4<f32>(); var acc_3 = mat4x4<f32>();\n  var acc_4 = mat4x4<f32>(); var acc_5 = mat4x4<f32>(); var acc_6 = mat4x4<f32>(); var acc_7 = mat4x4<f32>();\n  for (var j = 0u; j < end; j += 4u) {\n    let keys = min(j + STEPS, vec4<u32>(params.keys - 1u));\n    let at_k = k_base + keys * (params.k_row / 4u);\n    let at_v = v_base + keys * (params.v_row / 4u);\n    var s = mat4x4<f32>();  // a query to a vector\n    var dp = mat4x4<f32>();\n    for (var d = 0u; d < D; d++) {\n      s += transpose(k_block(at_k + d)) * q_block(at_q + d);\n      dp += transpose(v_block(at_v + d)) * dout_block(at_dout + d);\n    }\n    let place = (n * params.queries + rows) * params.keys + j;\n    let ds = mat4x4<f32>(\n      weights(scores(b, h, rows.x, j, s[0]), stat[0].x) * (dp[0] * keep(place.x) - stat[0].y),\n      weights(scores(b, h, rows.y, j, s[1]), stat[1].x) * (dp[1] * keep(place.y) - stat[1].y),\n      weights(scores(b, h, rows.z, j, s[2]), stat[2].x) * (dp[2] * keep(place.z) - stat[2].y),\n      weights(scores(b, h, rows.w, j, s[3]), stat[3].x) * (dp[3] * keep(place.w) - stat[3].y));\n    let at = at_k + column;\n    acc_0 += k_block(at) * ds; acc_1 += k_block(at + 1u) * ds;\n    if (width > 2u) { acc_2 += k_block(at + 2u) * ds; acc_3 += k_block(at + 3u) * ds; }\n    if (width > 4u) { acc_4 += k_block(at + 4u) * ds; acc_5 += k_block(at + 5u) * ds; }\n    if (width > 6u) { acc_6 += k_block(at + 6u) * ds; acc_7 += k_block(at + 7u) * ds; }\n  }\n  let f = params.scale;\n  let at = (params.dq_offset + b * params.dq_batch + h * params.dq_head + rows * params.dq_row) / 4u + column;\n  store(at, t, acc_0 * f, acc_1 * f);\n  if (width > 2u) { store(at + 2u, t, acc_2 * f, acc_3 * f); }\n  if (width > 4u) { store(at + 4u, t, acc_4 * f, acc_5 * f); }\n  if (width > 6u) { store(at + 6u, t, acc_6 * f, acc_7 * f); }\n}\n",
  },
  attention_direct: {
    name: "attention_direct",
    workgroup: [64, 1, 1],
    paramsSize: 160,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "heads", offset: 4, type: "u32", length: 1 },
      { name: "queries", offset: 8, type: "u32", length: 1 },
      { name: "keys", offset: 12, type: "u32", length: 1 },
      { name: "head_dim", offset: 16, type: "u32", length: 1 },
      { name: "scale", offset: 20, type: "f32", length: 1 },
      { name: "causal", offset: 24, type: "u32", length: 1 },
      { name: "query_start", offset: 28, type: "u32", length: 1 },
      { name: "q_offset", offset: 32, type: "u32", length: 1 },
      { name: "q_batch", offset: 36, type: "u32", length: 1 },
      { name: "q_row", offset: 40, type: "u32", length: 1 },
      { name: "q_head", offset: 44, type: "u32", length: 1 },
      { name: "k_offset", offset: 48, type: "u32", length: 1 },
      { name: "k_batch", offset: 52, type: "u32", length: 1 },
      { name: "k_row", offset: 56, type: "u32", length: 1 },
      { name: "k_head", offset: 60, type: "u32", length: 1 },
      { name: "v_offset", offset: 64, type: "u32", length: 1 },
      { name: "v_batch", offset: 68, type: "u32", length: 1 },
      { name: "v_row", offset: 72, type: "u32", length: 1 },
      { name: "v_head", offset: 76, type: "u32", length: 1 },
      { name: "out_offset", offset: 80, type: "u32", length: 1 },
      { name: "out_batch", offset: 84, type: "u32", length: 1 },
      { name: "out_row", offset: 88, type: "u32", length: 1 },
      { name: "out_head", offset: 92, type: "u32", length: 1 },
      { name: "mask_kind", offset: 96, type: "u32", length: 1 },
      { name: "mask_offset", offset: 100, type: "u32", length: 1 },
      { name: "mask_batch", offset: 104, type: "u32", length: 1 },
      { name: "mask_head", offset: 108, type: "u32", length: 1 },
      { name: "mask_row", offset: 112, type: "u32", length: 1 },
      { name: "mask_column", offset: 116, type: "u32", length: 1 },
      { name: "has_padding", offset: 120, type: "u32", length: 1 },
      { name: "padding_offset", offset: 124, type: "u32", length: 1 },
      { name: "padding_batch", offset: 128, type: "u32", length: 1 },
      { name: "seed", offset: 132, type: "u32", length: 1 },
      { name: "step", offset: 136, type: "u32", length: 1 },
      { name: "operation", offset: 140, type: "u32", length: 1 },
      { name: "threshold", offset: 144, type: "u32", length: 1 },
      { name: "keep_scale", offset: 148, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "q", access: "read", type: "f32", optional: false },
      { name: "k", access: "read", type: "f32", optional: false },
      { name: "v", access: "read", type: "f32", optional: false },
      { name: "mask", access: "read", type: "words", optional: true },
      { name: "padding", access: "read", type: "i32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
      { name: "lse", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// attention_direct: attention without workgroup memory, for adapters that run on the processor.\n//\n//   s[t, j] = scale · q[t] · k[j] + mask[t, j]               −3e38 where the pair is masked\n//   out[t]  = Σ_j keep[t, j] · exp(s[t, j] − lse[t]) · v[j]  lse[t] = log Σ_j exp(s[t, j])\n//\n//   Operands as in attention.wgsl; head_dim is a multiple of 8, offsets and strides are of 4: a load brings 4 numbers.\n//\n// A thread has four queries and up to 32 columns of the result, and takes four keys at a time: scores and weights are\n// matrices, a query to a vector. For wider heads, other threads compute the same scores for the other columns.\n//\n// Dispatch: a thread per 4 queries and 32 columns of a head, 64 to a workgroup.\n// Gradient: attention_backward_queries_direct.wgsl, _keys_direct.   CPU twin: src/backend/cpu/attention.ts.\n\nstruct Params {\n  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,\n  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,\n  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32, out_offset: u32, out_batch: u32, out_row: u32, out_head: u32,\n  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,\n  has_padding: u32, padding_offset: u32, padding_batch: u32,\n  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;\n@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;\n@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;\n@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional\n@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;\n@group(0) @binding(7) var<storage, read_write> lse: array<f32>;\n\nconst MASKED = vec4<f32>(-1.0e38);\nconst LOWEST = vec4<f32>(-3.0e38);\nconst STEPS = vec4<u32>(0u, 1u, 2u, 3u);\n// A query's scores of the keys j to j + 3, as in attention.wgsl.\nfn scores(b: u32, h: u32, t: u32, j: u32, dots: vec4<f32>) -> vec4<f32> {\n  var s = params.scale * dots;\n  let keys = min(j + STEPS, vec4<u32>(params.keys - 1u));\n  if (params.mask_kind != 0u) {\n    let at = params.mask_offset + b * params.mask_batch + h * params.mask_head + t * params.mask_row;\n    let i = at + keys * params.mask_column;\n    let words = vec4<u32>(mask[i.x], mask[i.y], mask[i.z], mask[i.w]);\n    s = select(s + bitcast<vec4<f32>>(words), select(s, LOWEST, words != vec4<u32>()), params.mask_kind == 2u);\n  }\n  if (params.has_padding == 1u) {\n    let i = params.padding_offset + b * params.padding_batch + keys;\n    s = select(s, LOWEST, vec4<i32>(padding[i.x], padding[i.y], padding[i.z], padding[i.w]) != vec4<i32>());\n  }\n  let end = select(params.keys, min(params.keys, params.query_start + t + 1u), params.causal == 1u);\n  return select(s, LOWEST, j + STEPS >= vec4<u32>(end));\n}\nfn weights(s: vec4<f32>, m: f32) -> vec4<f32> {\n  let is_nan = (bitcast<vec4<u32>>(s) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);\n  return select(select(exp(s - m), vec4<f32>(), s <= MASKED), s, is_nan);\n}\nfn pcg4d(i: u32) -> vec4<u32> {\n  var x = vec4<u32>(params.seed, params.step, params.operation, i) * 1664525u + 1013904223u;\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  x ^= x >> vec4<u32>(16u);\n  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;\n  return x;\n}\n// What dropout makes of four neighbouring weights, the first at place i.\nfn keep(i: u32) -> vec4<f32> {\n  if (params.threshold == 0u) { return vec4<f32>(1.0); }\n  let r = i % 4u;\n  var x = pcg4d(i / 4u);\n  if (r != 0u) {\n    let y = pcg4d(i / 4u + 1u);\n    x = select(select(vec4<u32>(x.w, y.xyz), vec4<u32>(x.zw, y.xy), r == 2u), vec4<u32>(x.yzw, y.x), r == 1u);\n  }\n  return select(vec4<f32>(), vec4<f32>(params.keep_scale), (x >> vec4<u32>(8u)) >= vec4<u32>(params.threshold));\n}\nfn q_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(q[at.x], q[at.y], q[at.z], q[at.w]); }\nfn k_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(k[at.x], k[at.y], k[at.z], k[at.w]); }\nfn v_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(v[at.x], v[at.y], v[at.z], v[at.w]); }\nfn largest(s: vec4<f32>) -> f32 { return max(max(s.x, s.y), max(s.z, s.w)); }\nfn scaled(square: mat4x4<f32>, f: vec4<f32>) -> mat4x4<f32> {\n  return mat4x4<f32>(square[0] * f.x, square[1] * f.y, square[2] * f.z, square[3] * f.w);\n}\nfn store(at: vec4<u32>, rows: u32, square: mat4x4<f32>) {\n  var sums = square;\n  for (var r = 0u; r < min(4u, rows); r++) { out[at[r]] = sums[r]; }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn attention_direct(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let fours = (params.queries + 3u) / 4u;\n  let parts = (params.head_dim + 31u) / 32u;\n  let i = id.x + id.y * groups.x * 64u;\n  let n = i / fours / parts;\n  if (n >= params.batch * params.heads) { return; }\n  let b = n / params.heads;\n  let h = n % params.heads;\n  let t = i % fours * 4u;\n  let D = params.head_dim / 4u;  // from here on, places count vectors\n  let column = i / fours % parts * 8u;\n  let width = D - column;\n  let rows = min(t + STEPS, vec4<u32>(params.queries - 1u));\n  let at_q = (params.q_offset + b * params.q_batch + h * params.q_head + rows * params.q_row) / 4u;\n  let k_base = (params.k_offset + b * params.k_batch + h * params.k_head) / 4u;\n  let v_base = (params.v_offset + b * params.v_batch + h * params.v_head) / 4u + column;\n  let end = select(params.keys, min(params.keys, params.query_start + t + 4u), params.causal == 1u);\n  var m = LOWEST;\n  var l = vec4<f32>();\n  var acc_0 = mat4x4<f32>(); var acc_1 = mat4x4<f32>(); var acc_2 = mat4x4<f32>(); var acc_3 = mat4x4<f32>();\n  var acc_4 = mat4x4<f32>(); var acc_5 = mat4x4<f32>(); var acc_6 = mat4x4<f32>(); var acc_7 = mat4x4<f32>();\n  for (var j = 0u; j < end; j += 4u) {\n    let keys = min(j + STEPS, vec4<u32>(params.keys - 1u));\n    let at_k = k_base + keys * (params.k_row / 4u);\n    var s = mat4x4<f32>();\n    for (var d = 0u; d < D; d++) { s += transpose(k_block(at_k + d)) * q_block(at_q + d); }\n    s = mat4x4<f32>(scores(b, h, rows.x, j, s[0]), scores(b, h, rows.y, j, s[1]),\n                    scores(b, h, rows.z, j, s[2]), scores(b, h, rows.w, j, s[3]));\n    let m_new = max(m, vec4<f32>(largest(s[0]), largest(s[1]), largest(s[2]), largest(s[3])));\n    if (any(m_new > m)) {\n      let f = exp(m - m_new);\n      m = m_new;\n      l *= f;\n      acc_0 = scaled(acc_0, f); acc_1 = scaled(acc_1, f); acc_2 = scaled(acc_2, f); acc_3 = scaled(acc_3, f);\n      acc_4 = scaled(acc_4, f); acc_5 = scaled(acc_5, f); acc_6 = scaled(acc_6, f); acc_7 = scaled(acc_7, f);\n    }\n    let p = mat4x4<f32>(weights(s[0], m.x), weights(s[1], m.y), weights(s[2], m.z), weights(s[3], m.w));\n    l += vec4<f32>(1.0) * p;  // the sum of each vector\n    let at = (n * params.queries + rows) * params.keys + j;\n    let w = mat4x4<f32>(p[0] * keep(at.x), p[1] * keep(at.y), p[2] * keep(at.z), p[3] * keep(at.w));\n    let at_v = v_base + keys * (params.v_row / 4u);\n    acc_0 += v_block(at_v) * w; acc_1 += v_block(at_v + 1u) * w;\n    if (width > 2u) { acc_2 += v_block(at_v + 2u) * w; acc_3 += v_block(at_v + 3u) * w; }\n    if (width > 4u) { acc_4 += v_block(at_v + 4u) * w; acc_5 += v_block(at_v + 5u) * w; }\n    if (width > 6u) { acc_6 += v_block(at_v + 6u) * w; acc_7 += v_block(at_v + 7u) * w; }\n  }\n  let f = select(1.0 / l, vec4<f32>(), l == vec4<f32>());\n  let at = (params.out_offset + b * params.out_batch + h * params.out_head + rows * params.out_row) / 4u + column;\n  let count = params.queries - t;\n  store(at, count, scaled(acc_0, f)); store(at + 1u, count, scaled(acc_1, f));\n  if (width > 2u) { store(at + 2u, count, scaled(acc_2, f)); store(at + 3u, count, scaled(acc_3, f)); }\n  if (width > 4u) { store(at + 4u, count, scaled(acc_4, f)); store(at + 5u, count, scaled(acc_5, f)); }\n  if (width > 6u) { store(at + 6u, count, scaled(acc_6, f)); store(at + 7u, count, scaled(acc_7, f)); }\n  let sums = select(m + log(l), vec4<f32>(), l == vec4<f32>());\n  for (var r = 0u; r < min(4u, count) && column == 0u; r++) { lse[n * params.queries + t + r] = sums[r]; }\n}\n",
  },
  binary: {
    name: "binary",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "a_offset", offset: 4, type: "u32", length: 1 },
      { name: "b_offset", offset: 8, type: "u32", length: 1 },
      { name: "accumulate", offset: 12, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "a_strides", offset: 32, type: "u32", length: 4 },
      { name: "b_strides", offset: 48, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "a", access: "read", type: "f32", optional: false },
      { name: "b", access: "read", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }],
    source: "// binary: one function of two tensors, element by element, with broadcasting.\n//\n//   out[i] = f(a[i], b[i])\n//\n//   a, b  [shape]  read through strides; a stride of 0 repeats an axis (broadcasting)\n//   out   [count]  contiguous; added to when accumulate is 1\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: products and quotients of this kernel, then reduce over broadcast axes (src/ops/binary.ts).\n// CPU twin: src/backend/cpu/binary.ts.\n\noverride operation: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  a_offset: u32,\n  b_offset: u32,\n  accumulate: u32,\n  shape: vec4<u32>,\n  a_strides: vec4<u32>,\n  b_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<f32>;\n@group(0) @binding(2) var<storage, read> b: array<f32>;\n@group(0) @binding(3) var<storage, read_write> out: array<f32>;\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x = i / (s.w * s.z * s.y);\n  return x * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\n// max, min and, on some drivers, pow lose NaN, and what went wrong must not look right. Drivers optimise v != v away;\n// the bits tell.\nfn either_nan(l: f32, r: f32) -> bool {\n  return ((bitcast<u32>(l) & 0x7fffffffu) > 0x7f800000u) || ((bitcast<u32>(r) & 0x7fffffffu) > 0x7f800000u);\n}\n\n// WGSL does not let a constant be NaN, so it is made from bits.\nfn special(bits: u32) -> f32 {\n  return bitcast<f32>(bits);\n}\n\nfn f(l: f32, r: f32) -> f32 {\n  switch operation {\n    case 0u: { return l + r; }\n    case 1u: { return l - r; }\n    case 2u: { return l * r; }\n    case 3u: { return l / r; }\n    case 4u: { return select(max(l, r), l + r, either_nan(l, r)); }\n    case 5u: { return select(min(l, r), l + r, either_nan(l, r)); }\n    case 6u: {\n      if (r == 0.0) { return 1.0; }\n      if (either_nan(l, r) || (l < 0.0 && r != floor(r))) { return special(0x7fc00000u); }\n      // WGSL leaves pow of a negative base undefined: an even whole exponent mirrors, an odd one keeps the sign.\n      let magnitude = pow(abs(l), r);\n      let odd = abs(r - 2.0 * floor(r * 0.5)) == 1.0;\n      return select(magnitude, -magnitude, l < 0.0 && odd);\n    }\n    case 7u: { return select(select(0.0, 0.5, l == r), 1.0, l > r); }\n    default: { return l; }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn binary(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let v = f(a[params.a_offset + at(i, params.a_strides)], b[params.b_offset + at(i, params.b_strides)]);\n  if (params.accumulate == 1u) { out[i] += v; } else { out[i] = v; }\n}\n",
  },
  binary_cross_entropy: {
    name: "binary_cross_entropy",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "x_offset", offset: 8, type: "u32", length: 1 },
      { name: "targets_offset", offset: 12, type: "u32", length: 1 },
      { name: "clip", offset: 16, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "targets", access: "read", type: "words", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "from_logits", type: "bool" }, { name: "targets_kind", type: "u32" }],
    source: "// binary_cross_entropy: the loss of each yes-or-no prediction.\n//\n//   out[i] = max(x, 0) − x · t + log(1 + exp(−|x|))        from logits\n//   out[i] = −t · log p − (1 − t) · log(1 − p)             from probabilities, each logarithm at least −100\n//\n//   x        [rows, columns]  contiguous: logits or probabilities; p is x clipped to clip … 1 − clip\n//   targets  [rows, columns]  t as f32 (targets_kind 0) or i32 (1); or [rows] class ids as i32 that stand for one-hot\n//                             rows, t = [column = id] (2)\n//   out      [rows, columns]  contiguous\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: binary_cross_entropy_backward.wgsl.   CPU twin: src/backend/cpu/binary_cross_entropy.ts.\n// Source: Bishop 2006, 4.3.2; the floor of −100: PyTorch's BCELoss.\n\noverride from_logits: bool = true;\noverride targets_kind: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  columns: u32,\n  x_offset: u32,\n  targets_offset: u32,\n  clip: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32\n@group(0) @binding(3) var<storage, read_write> out: array<f32>;\n\nfn target_at(i: u32) -> f32 {\n  switch targets_kind {\n    case 1u: { return f32(bitcast<i32>(targets[params.targets_offset + i])); }\n    case 2u: { return select(0.0, 1.0, targets[params.targets_offset + i / params.columns] == i % params.columns); }\n    default: { return bitcast<f32>(targets[params.targets_offset + i]); }\n  }\n}\n\n// Every normal f32 has a logarithm above −88; what lies below them may count as 0 on a GPU.\nfn floored_log(v: f32) -> f32 {\n  return select(log(max(v, 1.2e-38)), -100.0, v < 1.2e-38);\n}\n\n// clamp, max and, on some drivers, log lose NaN, and what went wrong must not look right. The bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn binary_cross_entropy(@builtin(global_invocation_id) id: vec3<u32>,\n                        @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let v = x[params.x_offset + i];\n  if (is_nan(v)) {\n    out[i] = v;\n    return;\n  }\n  let t = target_at(i);\n  if (from_logits) {\n    out[i] = max(v, 0.0) - v * t + log(1.0 + exp(-abs(v)));\n  } else {\n    let p = clamp(v, params.clip, 1.0 - params.clip);\n    // Not 1 − p: rounding to f32 would move the upper end.\n    let q = clamp(1.0 - v, params.clip, 1.0 - params.clip);\n    out[i] = -t * floored_log(p) - (1.0 - t) * floored_log(q);\n  }\n}\n",
  },
  binary_cross_entropy_backward: {
    name: "binary_cross_entropy_backward",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "x_offset", offset: 8, type: "u32", length: 1 },
      { name: "targets_offset", offset: 12, type: "u32", length: 1 },
      { name: "dout_offset", offset: 16, type: "u32", length: 1 },
      { name: "dout_stride", offset: 20, type: "u32", length: 1 },
      { name: "clip", offset: 24, type: "f32", length: 1 },
      { name: "scale", offset: 28, type: "f32", length: 1 },
      { name: "accumulate", offset: 32, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "targets", access: "read", type: "words", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dx", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "from_logits", type: "bool" }, { name: "targets_kind", type: "u32" }],
    source: "// binary_cross_entropy_backward: the gradient of binary_cross_entropy.wgsl for its predictions.\n//\n//   dx[i] = g · (σ(x) − t)                          from logits\n//   dx[i] = g · (p − t) / max(p · (1 − p), 1e-12)    from probabilities; 0 where p was clipped\n//   g = scale · dout[i · dout_stride]\n//\n//   x        [rows, columns]        contiguous: logits or probabilities\n//   targets  as in the forward pass\n//   dout     [] or [rows, columns]  the gradient of the loss; dout_stride is 0 for one that all share\n//   dx       [rows, columns]        contiguous; added to when accumulate is 1\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/binary_cross_entropy_backward.ts.\n// Source: the floor of 1e-12: PyTorch's BCELoss.\n\noverride from_logits: bool = true;\noverride targets_kind: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  columns: u32,\n  x_offset: u32,\n  targets_offset: u32,\n  dout_offset: u32,\n  dout_stride: u32,\n  clip: f32,\n  scale: f32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32\n@group(0) @binding(3) var<storage, read> dout: array<f32>;\n@group(0) @binding(4) var<storage, read_write> dx: array<f32>;\n\nfn target_at(i: u32) -> f32 {\n  switch targets_kind {\n    case 1u: { return f32(bitcast<i32>(targets[params.targets_offset + i])); }\n    case 2u: { return select(0.0, 1.0, targets[params.targets_offset + i / params.columns] == i % params.columns); }\n    default: { return bitcast<f32>(targets[params.targets_offset + i]); }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn binary_cross_entropy_backward(@builtin(global_invocation_id) id: vec3<u32>,\n                                 @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let p = x[params.x_offset + i];\n  let t = target_at(i);\n  var slope = 0.0;\n  if (from_logits) {\n    slope = 1.0 / (1.0 + exp(-clamp(p, -87.0, 87.0))) - t;\n  } else if (p >= params.clip && 1.0 - p >= params.clip) {\n    slope = (p - t) / max(p * (1.0 - p), 1.0e-12);\n  }\n  let v = params.scale * dout[params.dout_offset + i * params.dout_stride] * slope;\n  if (params.accumulate == 1u) { dx[i] += v; } else { dx[i] = v; }\n}\n",
  },
  binary_integer: {
    name: "binary_integer",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "a_offset", offset: 4, type: "u32", length: 1 },
      { name: "b_offset", offset: 8, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "a_strides", offset: 32, type: "u32", length: 4 },
      { name: "b_strides", offset: 48, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "a", access: "read", type: "i32", optional: false },
      { name: "b", access: "read", type: "i32", optional: false },
      { name: "out", access: "read_write", type: "i32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }],
    source: "// binary_integer: one function of two i32 tensors, element by element, with broadcasting.\n//\n//   out[i] = f(a[i], b[i])          sums and products wrap around, as two's complement does\n//\n//   a, b  [shape]  read through strides; a stride of 0 repeats an axis (broadcasting)\n//   out   [count]  contiguous\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none.   CPU twin: src/backend/cpu/binary_integer.ts.\n\noverride operation: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  a_offset: u32,\n  b_offset: u32,\n  shape: vec4<u32>,\n  a_strides: vec4<u32>,\n  b_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<i32>;\n@group(0) @binding(2) var<storage, read> b: array<i32>;\n@group(0) @binding(3) var<storage, read_write> out: array<i32>;\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x = i / (s.w * s.z * s.y);\n  return x * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\n// Toward zero. Division by zero gives 0, and −1 is a sign change, so that no driver sees what hardware leaves open.\nfn quotient(l: i32, r: i32) -> i32 {\n  if (r == 0) { return 0; }\n  if (r == -1) { return -l; }\n  return l / r;\n}\n\n// With the sign of the divisor: remainder(−1, 5) is 4, as in PyTorch and Python.\nfn remainder(l: i32, r: i32) -> i32 {\n  let rest = l - quotient(l, r) * r;\n  return select(rest, rest + r, rest != 0 && (rest < 0) != (r < 0));\n}\n\nfn f(l: i32, r: i32) -> i32 {\n  switch operation {\n    case 0u: { return l + r; }\n    case 1u: { return l - r; }\n    case 2u: { return l * r; }\n    case 3u: { return quotient(l, r); }\n    case 4u: { return max(l, r); }\n    case 5u: { return min(l, r); }\n    default: { return remainder(l, r); }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn binary_integer(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  out[i] = f(a[params.a_offset + at(i, params.a_strides)], b[params.b_offset + at(i, params.b_strides)]);\n}\n",
  },
  categorical_cross_entropy: {
    name: "categorical_cross_entropy",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "classes", offset: 4, type: "u32", length: 1 },
      { name: "p_offset", offset: 8, type: "u32", length: 1 },
      { name: "targets_offset", offset: 12, type: "u32", length: 1 },
      { name: "clip", offset: 16, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "p", access: "read", type: "f32", optional: false },
      { name: "targets", access: "read", type: "words", optional: false },
      { name: "loss", access: "read_write", type: "f32", optional: false },
      { name: "sums", access: "read_write", type: "f32", optional: false },
      { name: "inside", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "integer_targets", type: "bool" }],
    source: "// categorical_cross_entropy: the loss of each row of probabilities against a distribution or a class id.\n//\n//   q[r, c] = p[r, c] / Σ_c p[r, c]\n//   loss[r] = −Σ_c t[r, c] · log(clamp(q[r, c], clip, 1 − clip))\n//\n// sums[r] = Σ_c p[r, c] and inside[r] = Σ t[r, c] over the classes that were not clipped, for the gradient.\n//\n//   p        [rows, classes]  contiguous\n//   targets  [rows, classes]  t as f32; or, with integer_targets, [rows] class ids as i32 that stand for one-hot rows\n//   loss, sums, inside  [rows]\n//\n// A workgroup serves a row: each of its 64 threads takes every 64th class, and their partial results are combined\n// in a fixed order, so that a run repeats bit for bit.\n//\n// Dispatch: one workgroup per row, at most 65,535; they take turns.\n// Gradient: categorical_cross_entropy_backward.wgsl.   CPU twin: src/backend/cpu/categorical_cross_entropy.ts.\n// Source: Keras's categorical_crossentropy, which normalises before it clips.\n\noverride integer_targets: bool = false;\n\nstruct Params {\n  rows: u32,\n  classes: u32,\n  p_offset: u32,\n  targets_offset: u32,\n  clip: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> p: array<f32>;\n@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32\n@group(0) @binding(3) var<storage, read_write> loss: array<f32>;\n@group(0) @binding(4) var<storage, read_write> sums: array<f32>;\n@group(0) @binding(5) var<storage, read_write> inside: array<f32>;\n\nconst THREADS = 64u;\n\nvar<workgroup> partial: array<vec2<f32>, 64>;\n\nfn target_at(row: u32, c: u32) -> f32 {\n  if (integer_targets) { return select(0.0, 1.0, targets[params.targets_offset + row] == c); }\n  return bitcast<f32>(targets[params.targets_offset + row * params.classes + c]);\n}\n\n// clamp, max and, on some drivers, log lose NaN, and what went wrong must not look right. The bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn categorical_cross_entropy(@builtin(local_invocation_index) local: u32,\n                             @builtin(workgroup_id) group: vec3<u32>,\n                             @builtin(num_workgroups) groups: vec3<u32>) {\n  for (var row = group.x; row < params.rows; row += groups.x) {\n    let base = params.p_offset + row * params.classes;\n    var sum = 0.0;\n    for (var c = local; c < params.classes; c += THREADS) { sum += p[base + c]; }\n    partial[local] = vec2<f32>(sum, 0.0);\n    workgroupBarrier();\n    for (var half = THREADS / 2u; half > 0u; half /= 2u) {\n      if (local < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    sum = select(max(partial[0].x, 1.0e-30), partial[0].x, is_nan(partial[0].x));\n    workgroupBarrier();\n\n    var v = vec2<f32>();\n    for (var c = local; c < params.classes; c += THREADS) {\n      let t = target_at(row, c);\n      if (t != 0.0) {\n        let q = p[base + c] / sum;\n        let clipped = clamp(q, params.clip, 1.0 - params.clip);\n        v += vec2<f32>(select(-t * log(clipped), q, is_nan(q)), select(0.0, t, q == clipped));\n      }\n    }\n    partial[local] = v;\n    workgroupBarrier();\n    for (var half = THREADS / 2u; half > 0u; half /= 2u) {\n      if (local < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    if (local == 0u) {\n      loss[row] = partial[0].x;\n      sums[row] = sum;\n      inside[row] = partial[0].y;\n    }\n    workgroupBarrier();\n  }\n}\n",
  },
  categorical_cross_entropy_backward: {
    name: "categorical_cross_entropy_backward",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "classes", offset: 4, type: "u32", length: 1 },
      { name: "p_offset", offset: 8, type: "u32", length: 1 },
      { name: "targets_offset", offset: 12, type: "u32", length: 1 },
      { name: "dout_offset", offset: 16, type: "u32", length: 1 },
      { name: "dout_stride", offset: 20, type: "u32", length: 1 },
      { name: "clip", offset: 24, type: "f32", length: 1 },
      { name: "scale", offset: 28, type: "f32", length: 1 },
      { name: "accumulate", offset: 32, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "p", access: "read", type: "f32", optional: false },
      { name: "targets", access: "read", type: "words", optional: false },
      { name: "sums", access: "read", type: "f32", optional: false },
      { name: "inside", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dp", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "integer_targets", type: "bool" }],
    source: "// categorical_cross_entropy_backward: the gradient of categorical_cross_entropy.wgsl for its probabilities.\n//\n//   dp[r, c] = g · (inside[r] − t[r, c] / q[r, c]) / sums[r]        q = p / sums\n//   g = scale · dout[r · dout_stride]\n//\n// The term t / q is left out where q was clipped.\n//\n//   p             [rows, classes]  contiguous\n//   targets       as in the forward pass\n//   sums, inside  [rows]           from the forward pass\n//   dout          [] or [rows]     the gradient of the loss; dout_stride is 0 for one that all rows share\n//   dp            [rows, classes]  contiguous; added to when accumulate is 1\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/categorical_cross_entropy_backward.ts.\n\noverride integer_targets: bool = false;\n\nstruct Params {\n  count: u32,\n  classes: u32,\n  p_offset: u32,\n  targets_offset: u32,\n  dout_offset: u32,\n  dout_stride: u32,\n  clip: f32,\n  scale: f32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> p: array<f32>;\n@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32\n@group(0) @binding(3) var<storage, read> sums: array<f32>;\n@group(0) @binding(4) var<storage, read> inside: array<f32>;\n@group(0) @binding(5) var<storage, read> dout: array<f32>;\n@group(0) @binding(6) var<storage, read_write> dp: array<f32>;\n\nfn target_at(row: u32, i: u32) -> f32 {\n  if (integer_targets) { return select(0.0, 1.0, targets[params.targets_offset + row] == i % params.classes); }\n  return bitcast<f32>(targets[params.targets_offset + i]);\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn categorical_cross_entropy_backward(@builtin(global_invocation_id) id: vec3<u32>,\n                                      @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let row = i / params.classes;\n  let q = p[params.p_offset + i] / sums[row];\n  var slope = inside[row];\n  if (q >= params.clip && q <= 1.0 - params.clip) { slope -= target_at(row, i) / q; }\n  let v = params.scale * dout[params.dout_offset + row * params.dout_stride] * slope / sums[row];\n  if (params.accumulate == 1u) { dp[i] += v; } else { dp[i] = v; }\n}\n",
  },
  clip_scale: {
    name: "clip_scale",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "offset", offset: 4, type: "u32", length: 1 },
      { name: "max_norm", offset: 8, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "sum_squares", access: "read", type: "f32", optional: false },
      { name: "g", access: "read_write", type: "f32", optional: false },
      { name: "norm", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// clip_scale: shrinks gradients whose global norm is too large.\n//\n//   norm = √(Σ g²)        g = g · min(1, max_norm / (norm + 1e-6))\n//\n//   sum_squares  [1]      Σ g² over all gradients, from reduce\n//   g            [count]  gradients, in place\n//   norm         [1]      the norm before clipping, written once\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none.   CPU twin: src/backend/cpu/clip_scale.ts.\n// Source: Pascanu, Mikolov & Bengio 2013; the 1e-6 is PyTorch's.\n\nstruct Params {\n  count: u32,\n  offset: u32,\n  max_norm: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> sum_squares: array<f32>;\n@group(0) @binding(2) var<storage, read_write> g: array<f32>;\n@group(0) @binding(3) var<storage, read_write> norm: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn clip_scale(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  let total = sqrt(sum_squares[0]);\n  if (i == 0u) { norm[0] = total; }\n  if (i >= params.count) { return; }\n  let factor = params.max_norm / (total + 1e-6);\n  if (factor < 1.0) { g[params.offset + i] *= factor; }\n}\n",
  },
  clip_value: {
    name: "clip_value",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "offset", offset: 4, type: "u32", length: 1 },
      { name: "limit", offset: 8, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "g", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// clip_value: keeps each gradient within ±limit, in place.\n//\n//   g[i] = min(max(g[i], −limit), limit)\n//\n//   g  [offset … offset + count)  read and written\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none.   CPU twin: src/backend/cpu/clip_value.ts.\n\nstruct Params {\n  count: u32,\n  offset: u32,\n  limit: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> g: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn clip_value(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let n = id.x + id.y * groups.x * 64u;\n  if (n >= params.count) { return; }\n  let v = g[params.offset + n];\n  // Comparisons leave NaN as it is; clamp might lose it, and what went wrong must not look right.\n  if (v > params.limit) { g[params.offset + n] = params.limit; }\n  if (v < -params.limit) { g[params.offset + n] = -params.limit; }\n}\n",
  },
  compare: {
    name: "compare",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "a_offset", offset: 4, type: "u32", length: 1 },
      { name: "b_offset", offset: 8, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "a_strides", offset: 32, type: "u32", length: 4 },
      { name: "b_strides", offset: 48, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "a", access: "read", type: "words", optional: false },
      { name: "b", access: "read", type: "words", optional: false },
      { name: "out", access: "read_write", type: "i32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }, { name: "integer", type: "bool" }],
    source: "// compare: one relation between two tensors, element by element, with broadcasting.\n//\n//   out[i] = 1 where a[i] ? b[i] holds, else 0          ? is one of = ≠ < ≤ > ≥\n//\n//   a, b  [shape]  f32 or i32, both alike; read through strides, 0 repeats an axis (broadcasting)\n//   out   [count]  contiguous\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none (a step function).   CPU twin: src/backend/cpu/compare.ts.\n\noverride operation: u32 = 0u;\n// The words of a and b hold i32 instead of f32.\noverride integer: bool = false;\n\nstruct Params {\n  count: u32,\n  a_offset: u32,\n  b_offset: u32,\n  shape: vec4<u32>,\n  a_strides: vec4<u32>,\n  b_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<u32>;  // words\n@group(0) @binding(2) var<storage, read> b: array<u32>;  // words\n@group(0) @binding(3) var<storage, read_write> out: array<i32>;\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x = i / (s.w * s.z * s.y);\n  return x * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\nfn holds(equal: bool, less: bool, greater: bool) -> bool {\n  switch operation {\n    case 0u: { return equal; }\n    case 1u: { return !equal; }\n    case 2u: { return less; }\n    case 3u: { return less || equal; }\n    case 4u: { return greater; }\n    default: { return greater || equal; }\n  }\n}\n\n// Parentheses: without them, WGSL reads `m < n, m > n` as a template.\nfn relation(l: u32, r: u32) -> bool {\n  if (integer) {\n    let m = bitcast<i32>(l);\n    let n = bitcast<i32>(r);\n    return holds(m == n, (m < n), (m > n));\n  }\n  let v = bitcast<f32>(l);\n  let w = bitcast<f32>(r);\n  return holds(v == w, (v < w), (v > w));\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn compare(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let l = a[params.a_offset + at(i, params.a_strides)];\n  let r = b[params.b_offset + at(i, params.b_strides)];\n  out[i] = select(0, 1, relation(l, r));\n}\n",
  },
  convert: {
    name: "convert",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "x_offset", offset: 4, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "x_strides", offset: 32, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "x", access: "read", type: "words", optional: false },
      { name: "out", access: "read_write", type: "words", optional: false },
    ],
    overrides: [{ name: "to_integer", type: "bool" }],
    source: "// convert: f32 to i32 or back.\n//\n//   out[i] = x[i] without its fraction      (to i32: −1.7 becomes −1; what i32 cannot hold is clamped)\n//   out[i] = x[i]                           (to f32: above 2^24 the nearest number that f32 has)\n//\n//   x    [shape]  f32 or i32, read through strides\n//   out  [count]  the other type, contiguous\n//\n// The op is called `cast`, a word that WGSL reserves.\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none.   CPU twin: src/backend/cpu/convert.ts.\n\noverride to_integer: bool = false;\n\nstruct Params {\n  count: u32,\n  x_offset: u32,\n  shape: vec4<u32>,\n  x_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<u32>;  // words\n@group(0) @binding(2) var<storage, read_write> out: array<u32>;  // words\n\n// The outermost numbers that both types have.\nconst LOWEST = -2147483648.0;\nconst HIGHEST = 2147483520.0;\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x0 = i / (s.w * s.z * s.y);\n  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn convert(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let word = x[params.x_offset + at(i, params.x_strides)];\n  if (to_integer) {\n    out[i] = bitcast<u32>(i32(clamp(bitcast<f32>(word), LOWEST, HIGHEST)));\n  } else {\n    out[i] = bitcast<u32>(f32(bitcast<i32>(word)));\n  }\n}\n",
  },
  copy_strided: {
    name: "copy_strided",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "x_offset", offset: 4, type: "u32", length: 1 },
      { name: "out_offset", offset: 8, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "x_strides", offset: 32, type: "u32", length: 4 },
      { name: "out_strides", offset: 48, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "x", access: "read", type: "words", optional: false },
      { name: "out", access: "read_write", type: "words", optional: false },
    ],
    overrides: [],
    source: "// copy_strided: moves elements between two layouts: contiguous copies of views, concat, split, slice gradients.\n//\n//   out[out_offset + i · out_strides] = x[x_offset + i · x_strides]      for every index i of [shape]\n//\n//   x    [shape]  any view\n//   out  [shape]  any view without overlap\n//\n// Elements move as u32 words, because some GPUs flush small integers that travel as floats.\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: itself with the two sides exchanged.   CPU twin: src/backend/cpu/copy_strided.ts.\n\nstruct Params {\n  count: u32,\n  x_offset: u32,\n  out_offset: u32,\n  shape: vec4<u32>,\n  x_strides: vec4<u32>,\n  out_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<u32>;  // words\n@group(0) @binding(2) var<storage, read_write> out: array<u32>;  // words\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x0 = i / (s.w * s.z * s.y);\n  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn copy_strided(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  out[params.out_offset + at(i, params.out_strides)] = x[params.x_offset + at(i, params.x_strides)];\n}\n",
  },
  cross_entropy: {
    name: "cross_entropy",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "classes", offset: 4, type: "u32", length: 1 },
      { name: "logits_offset", offset: 8, type: "u32", length: 1 },
      { name: "targets_offset", offset: 12, type: "u32", length: 1 },
      { name: "ignore_index", offset: 16, type: "i32", length: 1 },
      { name: "smoothing", offset: 20, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "logits", access: "read", type: "f32", optional: false },
      { name: "targets", access: "read", type: "i32", optional: false },
      { name: "loss", access: "read_write", type: "f32", optional: false },
      { name: "lse", access: "read_write", type: "f32", optional: false },
      { name: "correct", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// cross_entropy: the loss of each row of logits against a class id.\n//\n//   lse[r]     = m + log Σ_c exp(x[r, c] − m)                                  m = max_c x[r, c]\n//   loss[r]    = lse[r] − (1 − s) · x[r, t] − s / classes · Σ_c x[r, c]        t = targets[r], s = smoothing\n//   correct[r] = 1 when t is the first class with the largest logit, else 0\n//\n// Without smoothing that is −log softmax(x)[t]. Where t is ignore_index, loss and correct are 0.\n//\n//   logits   [rows, classes]  contiguous\n//   targets  [rows]           class ids, clamped to 0 … classes − 1\n//   loss, lse, correct  [rows]\n//\n// A workgroup serves a row: each of its 64 threads takes every 64th class, and their partial results are combined\n// in a fixed order, so that a run repeats bit for bit.\n//\n// Dispatch: one workgroup per row, at most 65,535; they take turns.\n// Gradient: cross_entropy_backward.wgsl.   CPU twin: src/backend/cpu/cross_entropy.ts.\n// For software adapters: cross_entropy_direct.wgsl, same interface.\n// Source: Bishop 2006, 4.3.4; label smoothing: Szegedy et al. 2016.\n\nstruct Params {\n  rows: u32,\n  classes: u32,\n  logits_offset: u32,\n  targets_offset: u32,\n  ignore_index: i32,\n  smoothing: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> logits: array<f32>;\n@group(0) @binding(2) var<storage, read> targets: array<i32>;\n@group(0) @binding(3) var<storage, read_write> loss: array<f32>;\n@group(0) @binding(4) var<storage, read_write> lse: array<f32>;\n@group(0) @binding(5) var<storage, read_write> correct: array<f32>;\n\nconst THREADS = 64u;\n\nvar<workgroup> largest: array<f32, 64>;\nvar<workgroup> sums: array<vec3<f32>, 64>;\n\n// Some drivers' max, exp and log lose NaN, and what went wrong must not look right. Drivers optimise v != v away; the\n// bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\nfn safe_exp(v: f32) -> f32 {\n  return select(exp(v), v, is_nan(v));\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn cross_entropy(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                 @builtin(num_workgroups) groups: vec3<u32>) {\n  let classes = params.classes;\n  for (var row = group.x; row < params.rows; row += groups.x) {\n    let base = params.logits_offset + row * classes;\n    let target_id = targets[params.targets_offset + row];\n    let t = u32(clamp(target_id, 0, i32(classes) - 1));\n\n    var m = -3.0e38;\n    for (var c = local; c < classes; c += THREADS) { m = max(m, logits[base + c]); }\n    largest[local] = m;\n    workgroupBarrier();\n    for (var half = THREADS / 2u; half > 0u; half /= 2u) {\n      if (local < half) { largest[local] = max(largest[local], largest[local + half]); }\n      workgroupBarrier();\n    }\n    m = largest[0];\n\n    // Σ exp(x − m), Σ (m − x), and how many classes before t are as likely as the likeliest.\n    var sum = vec3<f32>();\n    for (var c = local; c < classes; c += THREADS) {\n      let below = m - logits[base + c];\n      sum += vec3<f32>(safe_exp(-below), below, select(0.0, 1.0, c < t && below <= 0.0));\n    }\n    sums[local] = sum;\n    workgroupBarrier();\n    for (var half = THREADS / 2u; half > 0u; half /= 2u) {\n      if (local < half) { sums[local] += sums[local + half]; }\n      workgroupBarrier();\n    }\n\n    if (local == 0u) {\n      sum = sums[0];\n      let log_sum = select(log(sum.x), sum.x, is_nan(sum.x));\n      let below = m - logits[base + t];\n      var v = log_sum + (1.0 - params.smoothing) * below;\n      // Logits masked with −3.0e38 make the sum infinite, so it is left alone where it does not count.\n      if (params.smoothing > 0.0) { v += params.smoothing * (sum.y / f32(classes)); }\n      let ignored = target_id == params.ignore_index;\n      loss[row] = select(v, 0.0, ignored);\n      correct[row] = select(0.0, 1.0, below <= 0.0 && sum.z == 0.0 && !ignored);\n      lse[row] = m + log_sum;\n    }\n    workgroupBarrier();\n  }\n}\n",
  },
  cross_entropy_backward: {
    name: "cross_entropy_backward",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "classes", offset: 4, type: "u32", length: 1 },
      { name: "logits_offset", offset: 8, type: "u32", length: 1 },
      { name: "targets_offset", offset: 12, type: "u32", length: 1 },
      { name: "dout_offset", offset: 16, type: "u32", length: 1 },
      { name: "dout_stride", offset: 20, type: "u32", length: 1 },
      { name: "ignore_index", offset: 24, type: "i32", length: 1 },
      { name: "smoothing", offset: 28, type: "f32", length: 1 },
      { name: "divided", offset: 32, type: "u32", length: 1 },
      { name: "accumulate", offset: 36, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "logits", access: "read", type: "f32", optional: false },
      { name: "targets", access: "read", type: "i32", optional: false },
      { name: "lse", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "result", access: "read", type: "f32", optional: true },
      { name: "dlogits", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// cross_entropy_backward: the gradient of cross_entropy.wgsl for its logits.\n//\n//   dlogits[r, c] = g · (exp(x[r, c] − lse[r]) − (1 − s) · [c = t] − s / classes)\n//   g = dout[r · dout_stride] / divisor        t = targets[r], s = smoothing\n//\n// That is softmax minus the target distribution. Where t is ignore_index, the gradient is 0.\n//\n//   logits   [rows, classes]  contiguous\n//   targets  [rows]           class ids, clamped to 0 … classes − 1\n//   lse      [rows]           from the forward pass\n//   dout     [] or [rows]     the gradient of the loss; dout_stride is 0 for one that all rows share\n//   result   [3]              from cross_entropy_total.wgsl: the divisor is its last; left out for losses per row\n//   dlogits  [rows, classes]  contiguous; added to when accumulate is 1\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/cross_entropy_backward.ts.\n\nstruct Params {\n  count: u32,\n  classes: u32,\n  logits_offset: u32,\n  targets_offset: u32,\n  dout_offset: u32,\n  dout_stride: u32,\n  ignore_index: i32,\n  smoothing: f32,\n  divided: u32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> logits: array<f32>;\n@group(0) @binding(2) var<storage, read> targets: array<i32>;\n@group(0) @binding(3) var<storage, read> lse: array<f32>;\n@group(0) @binding(4) var<storage, read> dout: array<f32>;\n@group(0) @binding(5) var<storage, read> result: array<f32>;  // optional\n@group(0) @binding(6) var<storage, read_write> dlogits: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn cross_entropy_backward(@builtin(global_invocation_id) id: vec3<u32>,\n                          @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let row = i / params.classes;\n  let target_id = targets[params.targets_offset + row];\n  let t = u32(clamp(target_id, 0, i32(params.classes) - 1));\n  var g = dout[params.dout_offset + row * params.dout_stride];\n  if (params.divided == 1u) { g /= result[2]; }\n  let softmax = exp(logits[params.logits_offset + i] - lse[row]);\n  let share = params.smoothing / f32(params.classes);\n  let wanted = select(share, share + 1.0 - params.smoothing, i % params.classes == t);\n  let v = select(g * (softmax - wanted), 0.0, target_id == params.ignore_index);\n  if (params.accumulate == 1u) { dlogits[i] += v; } else { dlogits[i] = v; }\n}\n",
  },
  cross_entropy_direct: {
    name: "cross_entropy_direct",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "classes", offset: 4, type: "u32", length: 1 },
      { name: "logits_offset", offset: 8, type: "u32", length: 1 },
      { name: "targets_offset", offset: 12, type: "u32", length: 1 },
      { name: "ignore_index", offset: 16, type: "i32", length: 1 },
      { name: "smoothing", offset: 20, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "logits", access: "read", type: "f32", optional: false },
      { name: "targets", access: "read", type: "i32", optional: false },
      { name: "loss", access: "read_write", type: "f32", optional: false },
      { name: "lse", access: "read_write", type: "f32", optional: false },
      { name: "correct", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// cross_entropy_direct: cross_entropy.wgsl for adapters that run on the processor.\n//\n//   lse[r]     = m + log Σ_c exp(x[r, c] − m)                                  m = max_c x[r, c]\n//   loss[r]    = lse[r] − (1 − s) · x[r, t] − s / classes · Σ_c x[r, c]        t = targets[r], s = smoothing\n//   correct[r] = 1 when t is the first class with the largest logit, else 0\n//\n//   logits   [rows, classes]  contiguous\n//   targets  [rows]           class ids, clamped to 0 … classes − 1; ignore_index makes loss and correct 0\n//   loss, lse, correct  [rows]\n//\n// There a barrier costs more than the work between two of them, so one thread serves a row.\n//\n// Dispatch: one thread per row, 64 to a workgroup.\n// Gradient: cross_entropy_backward.wgsl.   CPU twin: src/backend/cpu/cross_entropy.ts.\n\nstruct Params {\n  rows: u32,\n  classes: u32,\n  logits_offset: u32,\n  targets_offset: u32,\n  ignore_index: i32,\n  smoothing: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> logits: array<f32>;\n@group(0) @binding(2) var<storage, read> targets: array<i32>;\n@group(0) @binding(3) var<storage, read_write> loss: array<f32>;\n@group(0) @binding(4) var<storage, read_write> lse: array<f32>;\n@group(0) @binding(5) var<storage, read_write> correct: array<f32>;\n\n// Some drivers' max, exp and log lose NaN, and what went wrong must not look right. Drivers optimise v != v away; the\n// bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\nfn safe_exp(v: f32) -> f32 {\n  return select(exp(v), v, is_nan(v));\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn cross_entropy_direct(@builtin(global_invocation_id) id: vec3<u32>,\n                        @builtin(num_workgroups) groups: vec3<u32>) {\n  let row = id.x + id.y * groups.x * 64u;\n  if (row >= params.rows) { return; }\n  let classes = params.classes;\n  let base = params.logits_offset + row * classes;\n  let target_id = targets[params.targets_offset + row];\n  let t = u32(clamp(target_id, 0, i32(classes) - 1));\n\n  var m = -3.0e38;\n  for (var c = 0u; c < classes; c++) { m = max(m, logits[base + c]); }\n\n  // Σ exp(x − m), Σ (m − x), and how many classes before t are as likely as the likeliest.\n  var exps = 0.0;\n  var distances = 0.0;\n  var earlier = 0u;\n  for (var c = 0u; c < classes; c++) {\n    let below = m - logits[base + c];\n    exps += safe_exp(-below);\n    distances += below;\n    earlier += select(0u, 1u, c < t && below <= 0.0);\n  }\n\n  let log_sum = select(log(exps), exps, is_nan(exps));\n  let below = m - logits[base + t];\n  var v = log_sum + (1.0 - params.smoothing) * below;\n  // Logits masked with −3.0e38 make the sum infinite, so it is left alone where it does not count.\n  if (params.smoothing > 0.0) { v += params.smoothing * (distances / f32(classes)); }\n  let ignored = target_id == params.ignore_index;\n  loss[row] = select(v, 0.0, ignored);\n  correct[row] = select(0.0, 1.0, below <= 0.0 && earlier == 0u && !ignored);\n  lse[row] = m + log_sum;\n}\n",
  },
  cross_entropy_total: {
    name: "cross_entropy_total",
    workgroup: [256, 1, 1],
    paramsSize: 16,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "targets_offset", offset: 4, type: "u32", length: 1 },
      { name: "ignore_index", offset: 8, type: "i32", length: 1 },
      { name: "mean", offset: 12, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "loss", access: "read", type: "f32", optional: false },
      { name: "correct", access: "read", type: "f32", optional: false },
      { name: "targets", access: "read", type: "i32", optional: false },
      { name: "result", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// cross_entropy_total: from the losses of the rows to the loss of the batch, and its accuracy.\n//\n//   result[0] = Σ_r loss[r] / divisor\n//   result[1] = Σ_r correct[r] / count          the share of rows that are predicted right\n//   result[2] = divisor                         count for the mean, 1 for the sum\n//\n// count is the number of rows whose target is not ignore_index, and at least 1.\n//\n//   loss, correct  [rows]  from cross_entropy.wgsl, 0 in ignored rows\n//   targets        [rows]  class ids\n//   result         [3]\n//\n// Dispatch: one workgroup of 256 threads; each takes every 256th row, then they are combined in a fixed order.\n// Gradient: cross_entropy_backward.wgsl reads the divisor.   CPU twin: src/backend/cpu/cross_entropy_total.ts.\n\nstruct Params {\n  rows: u32,\n  targets_offset: u32,\n  ignore_index: i32,\n  mean: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> loss: array<f32>;\n@group(0) @binding(2) var<storage, read> correct: array<f32>;\n@group(0) @binding(3) var<storage, read> targets: array<i32>;\n@group(0) @binding(4) var<storage, read_write> result: array<f32>;\n\nconst THREADS = 256u;\n\nvar<workgroup> sums: array<vec3<f32>, 256>;\n\n@compute @workgroup_size(256, 1, 1)\nfn cross_entropy_total(@builtin(local_invocation_index) local: u32) {\n  var sum = vec3<f32>();\n  for (var row = local; row < params.rows; row += THREADS) {\n    let counts = targets[params.targets_offset + row] != params.ignore_index;\n    sum += vec3<f32>(loss[row], correct[row], select(0.0, 1.0, counts));\n  }\n  sums[local] = sum;\n  workgroupBarrier();\n  for (var half = THREADS / 2u; half > 0u; half /= 2u) {\n    if (local < half) { sums[local] += sums[local + half]; }\n    workgroupBarrier();\n  }\n  if (local == 0u) {\n    let count = max(sums[0].z, 1.0);\n    let divisor = select(1.0, count, params.mean == 1u);\n    result[0] = sums[0].x / divisor;\n    result[1] = sums[0].y / count;\n    result[2] = divisor;\n  }\n}\n",
  },
  dropout: {
    name: "dropout",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "operation", offset: 4, type: "u32", length: 1 },
      { name: "threshold", offset: 8, type: "u32", length: 1 },
      { name: "scale", offset: 12, type: "f32", length: 1 },
      { name: "x_offset", offset: 16, type: "u32", length: 1 },
      { name: "accumulate", offset: 20, type: "u32", length: 1 },
      { name: "shape", offset: 32, type: "u32", length: 4 },
      { name: "x_strides", offset: 48, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "counter", access: "read", type: "u32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// dropout: zeros at random places, the rest scaled up so that the expected value stays.\n//\n//   out[i] = keep[i] ? scale · x[i] : 0        scale = 1 / (1 − rate)\n//   keep[i] = bits[i] >> 8 ≥ threshold         threshold = rate · 2^24, so only integers are compared\n//   bits[4j], …, bits[4j + 3] = pcg4d(seed, step, operation, j)\n//\n//   x        [shape]       read through strides\n//   counter  [seed, step]  of the device, written once a step\n//   out      [count]       contiguous; added to when accumulate is 1\n//\n// The mask is never stored: the gradient draws the same bits again.\n//\n// Dispatch: one thread per four elements, 64 to a workgroup.\n// Gradient: itself, with dout as x.   CPU twin: src/backend/cpu/dropout.ts.\n// Source: Srivastava et al. 2014; pcg4d: Jarzynski & Olano 2020 (src/random.ts).\n// Layer: src/nn/dropout.ts.\n\nstruct Params {\n  count: u32,\n  operation: u32,\n  threshold: u32,\n  scale: f32,\n  x_offset: u32,\n  accumulate: u32,\n  shape: vec4<u32>,\n  x_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> counter: array<u32>;\n@group(0) @binding(3) var<storage, read_write> out: array<f32>;\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x0 = i / (s.w * s.z * s.y);\n  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\nfn pcg4d(input: vec4<u32>) -> vec4<u32> {\n  var v = input * 1664525u + 1013904223u;\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  v ^= v >> vec4<u32>(16u);\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  return v;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn dropout(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let j = id.x + id.y * groups.x * 64u;\n  let bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j));\n  for (var lane = 0u; lane < 4u; lane++) {\n    let i = j * 4u + lane;\n    if (i >= params.count) { return; }\n    let keep = (bits[lane] >> 8u) >= params.threshold;\n    let v = select(0.0, params.scale * x[params.x_offset + at(i, params.x_strides)], keep);\n    if (params.accumulate == 1u) { out[i] += v; } else { out[i] = v; }\n  }\n}\n",
  },
  dropout_add: {
    name: "dropout_add",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "operation", offset: 4, type: "u32", length: 1 },
      { name: "threshold", offset: 8, type: "u32", length: 1 },
      { name: "scale", offset: 12, type: "f32", length: 1 },
      { name: "x_offset", offset: 16, type: "u32", length: 1 },
      { name: "sublayer_offset", offset: 20, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "sublayer", access: "read", type: "f32", optional: false },
      { name: "counter", access: "read", type: "u32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// dropout_add: a residual connection, with dropout on what is added.\n//\n//   out[i] = x[i] + (keep[i] ? scale · sublayer[i] : 0)\n//\n//   x         [count]       contiguous\n//   sublayer  [count]       contiguous\n//   counter   [seed, step]  of the device, written once a step\n//   out       [count]       contiguous\n//\n// keep[i] is as in dropout.wgsl, to the bit. No mask and no dropped copy of the sublayer are stored.\n//\n// Dispatch: one thread per four elements, 64 to a workgroup.\n// Gradient: dx is dout, dsublayer is dropout.wgsl of dout (src/ops/dropout_add.ts).\n// CPU twin: src/backend/cpu/dropout_add.ts.   Layer: src/nn/transformer_block.ts.\n// Source: residual connections: He et al. 2016; dropout: Srivastava et al. 2014.\n\nstruct Params {\n  count: u32,\n  operation: u32,\n  threshold: u32,\n  scale: f32,\n  x_offset: u32,\n  sublayer_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> sublayer: array<f32>;\n@group(0) @binding(3) var<storage, read> counter: array<u32>;\n@group(0) @binding(4) var<storage, read_write> out: array<f32>;\n\nfn pcg4d(input: vec4<u32>) -> vec4<u32> {\n  var v = input * 1664525u + 1013904223u;\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  v ^= v >> vec4<u32>(16u);\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  return v;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn dropout_add(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let j = id.x + id.y * groups.x * 64u;\n  let bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j));\n  for (var lane = 0u; lane < 4u; lane++) {\n    let i = j * 4u + lane;\n    if (i >= params.count) { return; }\n    let keep = (bits[lane] >> 8u) >= params.threshold;\n    out[i] = x[params.x_offset + i] + select(0.0, params.scale * sublayer[params.sublayer_offset + i], keep);\n  }\n}\n",
  },
  embedding: {
    name: "embedding",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "rows", offset: 4, type: "u32", length: 1 },
      { name: "width", offset: 8, type: "u32", length: 1 },
      { name: "ids_offset", offset: 12, type: "u32", length: 1 },
      { name: "table_offset", offset: 16, type: "u32", length: 1 },
      { name: "table_row", offset: 20, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "ids", access: "read", type: "i32", optional: false },
      { name: "table", access: "read", type: "words", optional: false },
      { name: "out", access: "read_write", type: "words", optional: false },
    ],
    overrides: [],
    source: "// embedding: rows of a table, looked up by id.\n//\n//   out[i, c] = table[ids[i], c]\n//\n//   ids    [count]        clamped to 0 … rows − 1\n//   table  [rows, width]  rows table_row words apart\n//   out    [count, width] contiguous\n//\n// The elements are moved as u32 words, so that tables of i32 come through unchanged as well.\n//\n// Dispatch: one thread per element of out, 64 to a workgroup.\n// Gradient: embedding_sort.wgsl, then embedding_backward.wgsl.   CPU twin: src/backend/cpu/embedding.ts.\n// Layer: src/nn/embedding.ts.\n\nstruct Params {\n  count: u32,\n  rows: u32,\n  width: u32,\n  ids_offset: u32,\n  table_offset: u32,\n  table_row: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> ids: array<i32>;\n@group(0) @binding(2) var<storage, read> table: array<u32>;  // words\n@group(0) @binding(3) var<storage, read_write> out: array<u32>;  // words\n\n@compute @workgroup_size(64, 1, 1)\nfn embedding(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count * params.width) { return; }\n  let row = u32(clamp(ids[params.ids_offset + i / params.width], 0, i32(params.rows) - 1));\n  out[i] = table[params.table_offset + row * params.table_row + i % params.width];\n}\n",
  },
  embedding_backward: {
    name: "embedding_backward",
    workgroup: [256, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "width", offset: 4, type: "u32", length: 1 },
      { name: "inner_count", offset: 8, type: "u32", length: 1 },
      { name: "dout_offset", offset: 12, type: "u32", length: 1 },
      { name: "dout_outer", offset: 16, type: "u32", length: 1 },
      { name: "dout_inner", offset: 20, type: "u32", length: 1 },
      { name: "padding_row", offset: 24, type: "u32", length: 1 },
      { name: "accumulate", offset: 28, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "starts", access: "read", type: "u32", optional: false },
      { name: "order", access: "read", type: "u32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dtable", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// embedding_backward: the gradient of embedding.wgsl for its table.\n//\n//   dtable[r, c] = Σ dout[i, c]     over the positions i with ids[i] = r, in a fixed order\n//\n//   starts  [rows + 1]  from embedding_sort.wgsl\n//   order   [count]     from embedding_sort.wgsl\n//   dout    [count, width]  position i = outer · inner_count + inner lies at\n//                           outer · dout_outer + inner · dout_inner: a [batch, time] gradient kept by time needs\n//                           no copy\n//   dtable  [rows, width]   contiguous, every row; added to when accumulate is 1; nothing for padding_row\n//\n// A workgroup serves 32 columns of a row. Eight threads share a column, each adding up every eighth position, so\n// that an id with thousands of hits takes no longer than need be; their sums are added in order.\n//\n// Dispatch: (ceil(width / 32), rows) workgroups of 256 threads, at most 65,535 rows; they take turns.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/embedding_backward.ts.\n// For software adapters: embedding_backward_direct.wgsl, same interface.\n\nstruct Params {\n  rows: u32,\n  width: u32,\n  inner_count: u32,\n  dout_offset: u32,\n  dout_outer: u32,\n  dout_inner: u32,\n  padding_row: u32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> starts: array<u32>;\n@group(0) @binding(2) var<storage, read> order: array<u32>;\n@group(0) @binding(3) var<storage, read> dout: array<f32>;\n@group(0) @binding(4) var<storage, read_write> dtable: array<f32>;\n\nconst COLUMNS = 32u;\nconst SLICES = 8u;\n\nvar<workgroup> partial: array<f32, 256>;\n\n@compute @workgroup_size(256, 1, 1)\nfn embedding_backward(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                      @builtin(num_workgroups) groups: vec3<u32>) {\n  let slice = local / COLUMNS;\n  let column = group.x * COLUMNS + local % COLUMNS;\n  for (var row = group.y; row < params.rows; row += groups.y) {\n    let start = starts[row];\n    let end = select(starts[row + 1u], start, row == params.padding_row);\n    var sum = 0.0;\n    if (column < params.width) {\n      for (var k = start + slice; k < end; k += SLICES) {\n        let i = order[k];\n        let position = (i / params.inner_count) * params.dout_outer + (i % params.inner_count) * params.dout_inner;\n        sum += dout[params.dout_offset + position + column];\n      }\n    }\n    partial[local] = sum;\n    workgroupBarrier();\n    if (slice == 0u && column < params.width) {\n      for (var s = 1u; s < SLICES; s++) { sum += partial[local + s * COLUMNS]; }\n      let at = row * params.width + column;\n      if (params.accumulate == 1u) { dtable[at] += sum; } else { dtable[at] = sum; }\n    }\n    workgroupBarrier();\n  }\n}\n",
  },
  embedding_backward_direct: {
    name: "embedding_backward_direct",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "width", offset: 4, type: "u32", length: 1 },
      { name: "inner_count", offset: 8, type: "u32", length: 1 },
      { name: "dout_offset", offset: 12, type: "u32", length: 1 },
      { name: "dout_outer", offset: 16, type: "u32", length: 1 },
      { name: "dout_inner", offset: 20, type: "u32", length: 1 },
      { name: "padding_row", offset: 24, type: "u32", length: 1 },
      { name: "accumulate", offset: 28, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "starts", access: "read", type: "u32", optional: false },
      { name: "order", access: "read", type: "u32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dtable", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// embedding_backward_direct: embedding_backward.wgsl for adapters that run on the processor.\n//\n//   dtable[r, c] = Σ dout[i, c]     over the positions i with ids[i] = r, ascending\n//\n//   starts  [rows + 1]      from embedding_sort.wgsl\n//   order   [count]         from embedding_sort.wgsl\n//   dout    [count, width]  position i = outer · inner_count + inner lies at outer · dout_outer + inner · dout_inner\n//   dtable  [rows, width]   contiguous, every row; added to when accumulate is 1; nothing for padding_row\n//\n// There a barrier costs more than the work between two of them, so one thread adds up all hits of its element.\n//\n// Dispatch: one thread per element of dtable, 64 to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/embedding_backward.ts.\n\nstruct Params {\n  rows: u32,\n  width: u32,\n  inner_count: u32,\n  dout_offset: u32,\n  dout_outer: u32,\n  dout_inner: u32,\n  padding_row: u32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> starts: array<u32>;\n@group(0) @binding(2) var<storage, read> order: array<u32>;\n@group(0) @binding(3) var<storage, read> dout: array<f32>;\n@group(0) @binding(4) var<storage, read_write> dtable: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn embedding_backward_direct(@builtin(global_invocation_id) id: vec3<u32>,\n                             @builtin(num_workgroups) groups: vec3<u32>) {\n  let at = id.x + id.y * groups.x * 64u;\n  if (at >= params.rows * params.width) { return; }\n  let row = at / params.width;\n  let column = at % params.width;\n  let start = starts[row];\n  let end = select(starts[row + 1u], start, row == params.padding_row);\n  var sum = 0.0;\n  for (var k = start; k < end; k++) {\n    let i = order[k];\n    let position = (i / params.inner_count) * params.dout_outer + (i % params.inner_count) * params.dout_inner;\n    sum += dout[params.dout_offset + position + column];\n  }\n  if (params.accumulate == 1u) { dtable[at] += sum; } else { dtable[at] = sum; }\n}\n",
  },
  embedding_sort: {
    name: "embedding_sort",
    workgroup: [256, 1, 1],
    paramsSize: 16,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "rows", offset: 4, type: "u32", length: 1 },
      { name: "ids_offset", offset: 8, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "ids", access: "read", type: "i32", optional: false },
      { name: "starts", access: "read_write", type: "u32", optional: false },
      { name: "order", access: "read_write", type: "u32", optional: false },
    ],
    overrides: [],
    source: "// embedding_sort: which positions hold each id, by a stable counting sort.\n//\n//   order[starts[r] … starts[r + 1] − 1] = the positions i with ids[i] = r, ascending\n//\n//   ids     [count]     clamped to 0 … rows − 1\n//   starts  [rows + 1]\n//   order   [count]\n//\n// One workgroup does it all: it counts the ids, turns the counts into starts, then places 256 ids at a time. The rank\n// of an id among equal ones of its block keeps the order, and with it the sums of embedding_backward, the same in\n// every run. While it places them, starts[r + 1] is where the next position of row r goes; when all are placed, that\n// is where row r + 1 starts.\n//\n// Dispatch: one workgroup of 256 threads.\n// Gradient: none; ids have none.   CPU twin: src/backend/cpu/embedding_sort.ts.\n// Source: Knuth, The Art of Computer Programming 3, 5.2, algorithm D.\n\nstruct Params {\n  count: u32,\n  rows: u32,\n  ids_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> ids: array<i32>;\n@group(0) @binding(2) var<storage, read_write> starts: array<atomic<u32>>;\n@group(0) @binding(3) var<storage, read_write> order: array<u32>;\n\nconst THREADS = 256u;\n\nvar<workgroup> chunk_sums: array<u32, 256>;\nvar<workgroup> rows_here: array<u32, 256>;\n\nfn row_of(i: u32) -> u32 {\n  return u32(clamp(ids[params.ids_offset + i], 0, i32(params.rows) - 1));\n}\n\n@compute @workgroup_size(256, 1, 1)\nfn embedding_sort(@builtin(local_invocation_index) local: u32) {\n  for (var r = local; r <= params.rows; r += THREADS) { atomicStore(&starts[r], 0u); }\n  storageBarrier();\n  for (var i = local; i < params.count; i += THREADS) { atomicAdd(&starts[row_of(i) + 1u], 1u); }\n  storageBarrier();\n\n  // Each thread adds up the counts of a chunk of neighbouring rows, then continues from the chunks before it.\n  let chunk = (params.rows + THREADS - 1u) / THREADS;\n  let first = min(local * chunk, params.rows);\n  let last = min(first + chunk, params.rows);\n  var sum = 0u;\n  for (var r = first; r < last; r++) { sum += atomicLoad(&starts[r + 1u]); }\n  chunk_sums[local] = sum;\n  workgroupBarrier();\n  var start = 0u;\n  for (var k = 0u; k < local; k++) { start += chunk_sums[k]; }\n  for (var r = first; r < last; r++) {\n    let hits = atomicLoad(&starts[r + 1u]);\n    atomicStore(&starts[r + 1u], start);\n    start += hits;\n  }\n  storageBarrier();\n\n  for (var base = 0u; base < params.count; base += THREADS) {\n    let i = base + local;\n    var row = params.rows;\n    if (i < params.count) { row = row_of(i); }\n    rows_here[local] = row;\n    workgroupBarrier();\n    if (i < params.count) {\n      var rank = 0u;\n      for (var k = 0u; k < local; k++) { rank += select(0u, 1u, rows_here[k] == row); }\n      order[atomicLoad(&starts[row + 1u]) + rank] = i;\n    }\n    storageBarrier();\n    workgroupBarrier();\n    if (i < params.count) { atomicAdd(&starts[row + 1u], 1u); }\n    storageBarrier();\n    workgroupBarrier();\n  }\n}\n",
  },
  fill: {
    name: "fill",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "offset", offset: 4, type: "u32", length: 1 },
      { name: "value", offset: 8, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// fill: the same value everywhere.\n//\n//   out[offset + i] = value\n//\n//   out  [count]  contiguous\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none.   CPU twin: src/backend/cpu/fill.ts.\n\nstruct Params {\n  count: u32,\n  offset: u32,\n  value: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> out: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn fill(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  out[params.offset + i] = params.value;\n}\n",
  },
  gru_before_sequence: {
    name: "gru_before_sequence",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "begin", offset: 12, type: "u32", length: 1 },
      { name: "end", offset: 16, type: "u32", length: 1 },
      { name: "spread", offset: 20, type: "u32", length: 1 },
      { name: "halves", offset: 24, type: "u32", length: 1 },
      { name: "reverse", offset: 28, type: "u32", length: 1 },
      { name: "has_state", offset: 32, type: "u32", length: 1 },
      { name: "has_mask", offset: 36, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "q", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "h", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// gru_before_sequence: a gated recurrent unit over the steps of a sequence, with the reset gate before the product.\n//\n//   for every time step, in order:\n//     r, z = σ(pre + Wh·h_prev)            q = r ∘ h_prev\n//     n = tanh(pre + Wh·q)                 h = (1 − z) ∘ n + z ∘ h_prev\n//\n//   gates  [time, batch, 3 * hidden]  in: pre = Wx·x + b, blocks in the order r z n; out: the activated gates\n//   q      [time, batch, hidden]      out; the gradient needs it\n//   wh     [3 * hidden, hidden]       recurrent weights, same blocks\n//   h      [time + 1, batch, hidden]  states; the first one lies in slot 0, or in slot `time` in reverse\n//   mask   [batch, time]  i32         optional; 0 = padding: the state passes through, gates and q are 0\n//   keep   [3, batch, hidden]         optional; recurrent dropout, as in gru_sequence.wgsl; q has that of n in it\n//\n// This is the GRU as it was published, and Keras's with reset_after=False. gru_sequence.wgsl (read that first) needs\n// one product with h_prev in a step; here the product with q must wait for r of all units, so a step has two halves.\n// A launch does the steps begin, …, end − 1 of the run, both halves with a barrier in between and spread 1; or one\n// half of one step with `spread` workgroups to share its units.\n//\n// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.\n// Gradient: gru_before_sequence_backward.wgsl.   CPU twin: src/backend/cpu/gru_before_sequence.ts.\n// Layer: src/nn/gru.ts.\n// Source: Cho et al. 2014.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  begin: u32,\n  end: u32,\n  spread: u32,\n  halves: u32,     // 1: r, z and q; 2: n and h; 3: both\n  reverse: u32,\n  has_state: u32,  // 0: the state before the first step is zero, and its slot is not read\n  has_mask: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<f32>;\n@group(0) @binding(2) var<storage, read_write> q: array<f32>;\n@group(0) @binding(3) var<storage, read> wh: array<f32>;\n@group(0) @binding(4) var<storage, read_write> h: array<f32>;\n@group(0) @binding(5) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read> keep: array<f32>;  // optional\n\n// clamp loses NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\nfn sigmoid(v: f32) -> f32 {\n  return select(1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0))), v, is_nan(v));\n}\n\n// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.\nfn safe_tanh(v: f32) -> f32 {\n  return select(tanh(clamp(v, -15.0, 15.0)), v, is_nan(v));\n}\n\n// What recurrent dropout makes of h[b, k] on its way to a gate, for one sequence and for four.\nfn kept(gate: u32, b: u32, k: u32) -> f32 {\n  if (!recurrent_dropout) { return 1.0; }\n  return keep[(gate * params.batch + b) * params.hidden + k];\n}\n\nfn kept_rows(gate: u32, rows: vec4<u32>, k: u32) -> vec4<f32> {\n  return vec4<f32>(kept(gate, rows.x, k), kept(gate, rows.y, k), kept(gate, rows.z, k), kept(gate, rows.w, k));\n}\n\nfn is_padding(b: u32, time: u32) -> bool {\n  return params.has_mask == 1u && mask[b * params.steps + time] == 0;\n}\n\nfn first_half(b: u32, j: u32, time: u32, before: u32, has_state: bool, wh_h: vec2<f32>) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let at = (time * params.batch + b) * 3u * H + j;\n  let at_q = (time * params.batch + b) * H + j;\n  if (is_padding(b, time)) {\n    for (var gate = 0u; gate < 3u; gate++) { gates[at + gate * H] = 0.0; }\n    q[at_q] = 0.0;\n    return;\n  }\n  let r = sigmoid(gates[at] + wh_h.x);\n  gates[at] = r;\n  gates[at + H] = sigmoid(gates[at + H] + wh_h.y);\n  var h_prev = 0.0;\n  if (has_state) { h_prev = h[(before * params.batch + b) * H + j]; }\n  q[at_q] = r * (h_prev * kept(2u, b, j));\n}\n\nfn second_half(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool, wh_q: f32) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let at = (time * params.batch + b) * 3u * H + j;\n  var h_new = 0.0;\n  if (has_state) { h_new = h[(before * params.batch + b) * H + j]; }\n  if (!is_padding(b, time)) {\n    let z = gates[at + H];\n    let n = safe_tanh(gates[at + 2u * H] + wh_q);\n    gates[at + 2u * H] = n;\n    h_new = (1.0 - z) * n + z * h_new;\n  }\n  h[(after * params.batch + b) * H + j] = h_new;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn gru_before_sequence(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden;\n  let b = group.x * 4u;\n  // Rows past the batch read the last sequence; the halves do not store them.\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  for (var step = params.begin; step < params.end; step++) {\n    let time = select(step, params.steps - 1u - step, params.reverse == 1u);\n    let before = select(step, params.steps - step, params.reverse == 1u);\n    let after = select(step + 1u, params.steps - 1u - step, params.reverse == 1u);\n    let has_state = step > 0u || params.has_state == 1u;\n    let products = select(0u, H, has_state);\n    let at = (before * params.batch + rows) * H;\n    for (var j = thread + 64u * group.y; j < H * (params.halves & 1u); j += 64u * params.spread) {\n      var sum_r = vec4<f32>();  // Wh·h_prev of unit j for each gate, one sum per sequence\n      var sum_z = vec4<f32>();\n      for (var k = 0u; k < products; k++) {\n        let h_prev = vec4<f32>(h[at.x + k], h[at.y + k], h[at.z + k], h[at.w + k]);\n        sum_r += wh[j * H + k] * (h_prev * kept_rows(0u, rows, k));\n        sum_z += wh[(H + j) * H + k] * (h_prev * kept_rows(1u, rows, k));\n      }\n      for (var s = 0u; s < 4u; s++) {\n        first_half(b + s, j, time, before, has_state, vec2<f32>(sum_r[s], sum_z[s]));\n      }\n    }\n    storageBarrier();\n    let at_q = (time * params.batch + rows) * H;\n    for (var j = thread + 64u * group.y; j < H * (params.halves >> 1u); j += 64u * params.spread) {\n      var sum = vec4<f32>();  // Wh·q for n of unit j, one sum per sequence\n      for (var k = 0u; k < products; k++) {\n        sum += wh[(2u * H + j) * H + k] * vec4<f32>(q[at_q.x + k], q[at_q.y + k], q[at_q.z + k], q[at_q.w + k]);\n      }\n      for (var s = 0u; s < 4u; s++) { second_half(b + s, j, time, before, after, has_state, sum[s]); }\n    }\n    storageBarrier();\n  }\n}\n",
  },
  gru_before_sequence_backward: {
    name: "gru_before_sequence_backward",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "begin", offset: 12, type: "u32", length: 1 },
      { name: "end", offset: 16, type: "u32", length: 1 },
      { name: "spread", offset: 20, type: "u32", length: 1 },
      { name: "halves", offset: 24, type: "u32", length: 1 },
      { name: "reverse", offset: 28, type: "u32", length: 1 },
      { name: "has_carry", offset: 32, type: "u32", length: 1 },
      { name: "has_state", offset: 36, type: "u32", length: 1 },
      { name: "has_dout", offset: 40, type: "u32", length: 1 },
      { name: "has_mask", offset: 44, type: "u32", length: 1 },
      { name: "dout_offset", offset: 48, type: "u32", length: 1 },
      { name: "dout_batch", offset: 52, type: "u32", length: 1 },
      { name: "dout_time", offset: 56, type: "u32", length: 1 },
      { name: "dout_unit", offset: 60, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "q", access: "read", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "h", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: true },
      { name: "dh_carry", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// gru_before_sequence_backward: the gradient of a GRU whose reset gate acts before the product.\n//\n//   for every time step, in the opposite order:\n//     dh = dout + dh_carry + Whᵀ·(dpre_r, dpre_z)_next\n//     dpre_n = dh ∘ (1 − z) ∘ (1 − n²)           dpre_z = dh ∘ (h_prev − n) ∘ z(1 − z)\n//     dq = Whᵀ·dpre_n                            dpre_r = dq ∘ h_prev ∘ r(1 − r)\n//     dh_carry = dh ∘ z + dq ∘ r\n//\n//   gates     [time, batch, 3 * hidden]  in: the activated gates r z n; out: dpre, in their place\n//   q         [time, batch, hidden]      r ∘ h_prev, with the dropout of n in it\n//   wh        [3 * hidden, hidden]       recurrent weights\n//   h         [time + 1, batch, hidden]  states\n//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional\n//   dh_carry  [batch, hidden]            in: gradient of the last state; out: of the first (after turn `steps`)\n//   mask      [batch, time]  i32         optional; at padding dpre is 0 and the carry passes through\n//   keep      [3, batch, hidden]         optional; recurrent dropout, as in the forward pass\n//\n// A launch does the turns begin, …, end − 1, counted as in gru_sequence_backward.wgsl (read that first): both halves of\n// each, or one half of one turn, as in gru_before_sequence.wgsl.\n//\n// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/gru_before_sequence_backward.ts.\n// Layer: src/nn/gru.ts.\n// Source: Cho et al. 2014; backpropagation through time: Werbos 1990.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  begin: u32,\n  end: u32,\n  spread: u32,\n  halves: u32,     // 1: all but dq and what comes of it; 2: that; 3: both\n  reverse: u32,    // the forward pass ran from the last time step to the first\n  has_carry: u32,  // 0: the last state has no gradient, and the carry is not read at first\n  has_state: u32,  // 0: the forward pass began at a zero state, whose slot is not read\n  has_dout: u32,\n  has_mask: u32,\n  dout_offset: u32,\n  dout_batch: u32,\n  dout_time: u32,\n  dout_unit: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<f32>;\n@group(0) @binding(2) var<storage, read> q: array<f32>;\n@group(0) @binding(3) var<storage, read> wh: array<f32>;\n@group(0) @binding(4) var<storage, read> h: array<f32>;\n@group(0) @binding(5) var<storage, read> dout: array<f32>;  // optional\n@group(0) @binding(6) var<storage, read_write> dh_carry: array<f32>;\n@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(8) var<storage, read> keep: array<f32>;  // optional\n\nfn kept(gate: u32, b: u32, k: u32) -> f32 {\n  if (!recurrent_dropout) { return 1.0; }\n  return keep[(gate * params.batch + b) * params.hidden + k];\n}\n\nfn first_half(b: u32, j: u32, m: u32, time: u32, before: u32, from_next: vec2<f32>) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let carry = b * H + j;\n  var dh = from_next.x * kept(0u, b, j) + from_next.y * kept(1u, b, j);\n  if (m > 0u || params.has_carry == 1u) { dh += dh_carry[carry]; }\n  if (m == params.steps) {\n    dh_carry[carry] = dh;\n    return;\n  }\n  if (params.has_dout == 1u) {\n    dh += dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];\n  }\n  let at = (time * params.batch + b) * 3u * H + j;\n  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {\n    for (var gate = 0u; gate < 3u; gate++) { gates[at + gate * H] = 0.0; }\n    dh_carry[carry] = dh;\n    return;\n  }\n  let z = gates[at + H];\n  let n = gates[at + 2u * H];\n  var h_prev = 0.0;\n  if (m + 1u < params.steps || params.has_state == 1u) { h_prev = h[(before * params.batch + b) * H + j]; }\n  gates[at + H] = dh * (h_prev - n) * z * (1.0 - z);\n  gates[at + 2u * H] = dh * (1.0 - z) * (1.0 - n * n);\n  dh_carry[carry] = dh * z;\n}\n\n// At padding r and dpre_n are 0 by now, and so is all that this adds.\nfn second_half(b: u32, j: u32, time: u32, dq: f32) {\n  if (b >= params.batch) { return; }\n  let at = (time * params.batch + b) * params.hidden;\n  let r = gates[3u * at + j];\n  gates[3u * at + j] = dq * q[at + j] * (1.0 - r);\n  dh_carry[b * params.hidden + j] += dq * r * kept(2u, b, j);\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn gru_before_sequence_backward(@builtin(local_invocation_index) thread: u32,\n                                @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden;\n  let b = group.x * 4u;\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  for (var m = params.begin; m < params.end; m++) {\n    let step = max(params.steps, m + 1u) - 1u - m;  // turn `steps` has none, and uses neither of these two\n    let time = select(step, params.steps - 1u - step, params.reverse == 1u);\n    let before = select(step, params.steps - step, params.reverse == 1u);\n    let next_time = select(params.steps - m, max(m, 1u) - 1u, params.reverse == 1u);\n    let next = (select(0u, next_time, m > 0u) * params.batch + rows) * 3u * H;\n    for (var j = thread + 64u * group.y; j < H * (params.halves & 1u); j += 64u * params.spread) {\n      var sum_r = vec4<f32>();  // Whᵀ·dpre_next of unit j for each gate, one sum per sequence\n      var sum_z = vec4<f32>();\n      for (var k = 0u; k < select(0u, H, m > 0u); k++) {\n        let r = next + k;\n        let z = r + H;\n        sum_r += wh[k * H + j] * vec4<f32>(gates[r.x], gates[r.y], gates[r.z], gates[r.w]);\n        sum_z += wh[(H + k) * H + j] * vec4<f32>(gates[z.x], gates[z.y], gates[z.z], gates[z.w]);\n      }\n      for (var s = 0u; s < 4u; s++) { first_half(b + s, j, m, time, before, vec2<f32>(sum_r[s], sum_z[s])); }\n    }\n    storageBarrier();\n    let at = (time * params.batch + rows) * 3u * H + 2u * H;\n    let units = select(0u, H * (params.halves >> 1u), m < params.steps);\n    for (var j = thread + 64u * group.y; j < units; j += 64u * params.spread) {\n      var dq = vec4<f32>();  // Whᵀ·dpre_n of unit j, one sum per sequence\n      for (var k = 0u; k < H; k++) {\n        let dpre_n = vec4<f32>(gates[at.x + k], gates[at.y + k], gates[at.z + k], gates[at.w + k]);\n        dq += wh[(2u * H + k) * H + j] * dpre_n;\n      }\n      for (var s = 0u; s < 4u; s++) { second_half(b + s, j, time, dq[s]); }\n    }\n    storageBarrier();\n  }\n}\n",
  },
  gru_sequence: {
    name: "gru_sequence",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "begin", offset: 12, type: "u32", length: 1 },
      { name: "end", offset: 16, type: "u32", length: 1 },
      { name: "spread", offset: 20, type: "u32", length: 1 },
      { name: "reverse", offset: 24, type: "u32", length: 1 },
      { name: "has_state", offset: 28, type: "u32", length: 1 },
      { name: "has_mask", offset: 32, type: "u32", length: 1 },
      { name: "has_bias", offset: 36, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "q", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "h", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// gru_sequence: a gated recurrent unit over the steps of a sequence, with the reset gate after the product.\n//\n//   for every time step, in order:\n//     r, z = σ(pre + Wh·h_prev + b)        q = Wh·h_prev + b  (the rows of n)\n//     n = tanh(pre + r ∘ q)                h = (1 − z) ∘ n + z ∘ h_prev\n//\n//   gates  [time, batch, 3 * hidden]  in: pre = Wx·x + b_x, blocks in the order r z n; out: the activated gates\n//   q      [time, batch, hidden]      out; the gradient needs it\n//   wh     [3 * hidden, hidden]       recurrent weights, same blocks\n//   bias   [3 * hidden]               b, the recurrent bias; optional\n//   h      [time + 1, batch, hidden]  states; the first one lies in slot 0, or in slot `time` in reverse\n//   mask   [batch, time]  i32         optional; 0 = padding: the state passes through, gates and q are 0\n//   keep   [3, batch, hidden]         optional; recurrent dropout: what h_prev is multiplied by on its way to each\n//                                     gate, 0 or 1 / (1 − rate), the same at every step (Gal & Ghahramani 2016)\n//\n// This is the GRU of PyTorch, and of Keras with reset_after=True. In the original, r acts before the product:\n// gru_before_sequence.wgsl. Some textbooks exchange z and 1 − z.\n//\n// A launch does the steps begin, …, end − 1 of the run: all of them with spread 1, or one with `spread` workgroups to\n// share its units (rnn_sequence.wgsl says when).\n//\n// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.\n// Gradient: gru_sequence_backward.wgsl.   CPU twin: src/backend/cpu/gru_sequence.ts.\n// Layer: src/nn/gru.ts.\n// Source: Cho et al. 2014; the reset gate after the product: cuDNN (Appleyard et al. 2016).\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  begin: u32,\n  end: u32,\n  spread: u32,\n  reverse: u32,\n  has_state: u32,  // 0: the state before the first step is zero, and its slot is not read\n  has_mask: u32,\n  has_bias: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<f32>;\n@group(0) @binding(2) var<storage, read_write> q: array<f32>;\n@group(0) @binding(3) var<storage, read> wh: array<f32>;\n@group(0) @binding(4) var<storage, read> bias: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read_write> h: array<f32>;\n@group(0) @binding(6) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(7) var<storage, read> keep: array<f32>;  // optional\n\n// clamp loses NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\nfn sigmoid(v: f32) -> f32 {\n  return select(1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0))), v, is_nan(v));\n}\n\n// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.\nfn safe_tanh(v: f32) -> f32 {\n  return select(tanh(clamp(v, -15.0, 15.0)), v, is_nan(v));\n}\n\n// What recurrent dropout makes of h[b, k] on its way to the gates r z n.\nfn kept(b: u32, k: u32) -> vec3<f32> {\n  if (!recurrent_dropout) { return vec3<f32>(1.0); }\n  let gate = params.batch * params.hidden;\n  let i = b * params.hidden + k;\n  return vec3<f32>(keep[i], keep[gate + i], keep[2u * gate + i]);\n}\n\nfn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool, wh_h: vec3<f32>) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let at = (time * params.batch + b) * 3u * H + j;\n  let at_q = (time * params.batch + b) * H + j;\n  let next = (after * params.batch + b) * H + j;\n  var h_prev = 0.0;\n  if (has_state) { h_prev = h[(before * params.batch + b) * H + j]; }\n  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {\n    h[next] = h_prev;\n    for (var gate = 0u; gate < 3u; gate++) { gates[at + gate * H] = 0.0; }\n    q[at_q] = 0.0;\n    return;\n  }\n  var recurrent = wh_h;\n  if (params.has_bias == 1u) { recurrent += vec3<f32>(bias[j], bias[H + j], bias[2u * H + j]); }\n  let r = sigmoid(gates[at] + recurrent.x);\n  let z = sigmoid(gates[at + H] + recurrent.y);\n  let n = safe_tanh(gates[at + 2u * H] + r * recurrent.z);\n  h[next] = (1.0 - z) * n + z * h_prev;\n  gates[at] = r;\n  gates[at + H] = z;\n  gates[at + 2u * H] = n;\n  q[at_q] = recurrent.z;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn gru_sequence(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden;\n  let b = group.x * 4u;\n  // Rows past the batch read the last sequence; cell() does not store them.\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  for (var step = params.begin; step < params.end; step++) {\n    let time = select(step, params.steps - 1u - step, params.reverse == 1u);\n    let before = select(step, params.steps - step, params.reverse == 1u);\n    let after = select(step + 1u, params.steps - 1u - step, params.reverse == 1u);\n    let has_state = step > 0u || params.has_state == 1u;\n    let at = (before * params.batch + rows) * H;\n    for (var j = thread + 64u * group.y; j < H; j += 64u * params.spread) {\n      var sum_0 = vec3<f32>();  // Wh·h_prev for the gates r z n of unit j, one sum per sequence\n      var sum_1 = vec3<f32>();\n      var sum_2 = vec3<f32>();\n      var sum_3 = vec3<f32>();\n      for (var k = 0u; k < select(0u, H, has_state); k++) {\n        let w = vec3<f32>(wh[j * H + k], wh[(H + j) * H + k], wh[(2u * H + j) * H + k]);\n        sum_0 += w * h[at.x + k] * kept(rows.x, k);\n        sum_1 += w * h[at.y + k] * kept(rows.y, k);\n        sum_2 += w * h[at.z + k] * kept(rows.z, k);\n        sum_3 += w * h[at.w + k] * kept(rows.w, k);\n      }\n      cell(b, j, time, before, after, has_state, sum_0);\n      cell(b + 1u, j, time, before, after, has_state, sum_1);\n      cell(b + 2u, j, time, before, after, has_state, sum_2);\n      cell(b + 3u, j, time, before, after, has_state, sum_3);\n    }\n    storageBarrier();\n  }\n}\n",
  },
  gru_sequence_backward: {
    name: "gru_sequence_backward",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "begin", offset: 12, type: "u32", length: 1 },
      { name: "end", offset: 16, type: "u32", length: 1 },
      { name: "spread", offset: 20, type: "u32", length: 1 },
      { name: "reverse", offset: 24, type: "u32", length: 1 },
      { name: "has_carry", offset: 28, type: "u32", length: 1 },
      { name: "has_state", offset: 32, type: "u32", length: 1 },
      { name: "has_dout", offset: 36, type: "u32", length: 1 },
      { name: "has_mask", offset: 40, type: "u32", length: 1 },
      { name: "dout_offset", offset: 44, type: "u32", length: 1 },
      { name: "dout_batch", offset: 48, type: "u32", length: 1 },
      { name: "dout_time", offset: 52, type: "u32", length: 1 },
      { name: "dout_unit", offset: 56, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "q", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "h", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: true },
      { name: "dh_carry", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// gru_sequence_backward: the gradient of a gated recurrent unit, from the last step of a sequence to the first.\n//\n//   for every time step, in the opposite order:\n//     dh = dout + dh_carry + Whᵀ·(dpre_r, dpre_z, dq)_next\n//     dpre_n = dh ∘ (1 − z) ∘ (1 − n²)           dpre_z = dh ∘ (h_prev − n) ∘ z(1 − z)\n//     dpre_r = dpre_n ∘ q ∘ r(1 − r)             dq = dpre_n ∘ r                         dh_carry = dh ∘ z\n//\n//   gates     [time, batch, 3 * hidden]  in: the activated gates r z n; out: dpre, in their place\n//   q         [time, batch, hidden]      in: Wh·h_prev + b of the rows of n; out: dq, in its place\n//   wh        [3 * hidden, hidden]       recurrent weights\n//   h         [time + 1, batch, hidden]  states\n//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional\n//   dh_carry  [batch, hidden]            in: gradient of the last state; out: of the first (after turn `steps`)\n//   mask      [batch, time]  i32         optional; at padding dpre and dq are 0 and the carry passes through\n//   keep      [3, batch, hidden]         optional; recurrent dropout, as in the forward pass\n//\n// A launch does the turns begin, …, end − 1: turn m is the step that the forward pass did m steps before its last, and\n// turn `steps` hands on the gradient of the state before the first step.\n//\n// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/gru_sequence_backward.ts.\n// Layer: src/nn/gru.ts.\n// Source: Cho et al. 2014; backpropagation through time: Werbos 1990.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  begin: u32,\n  end: u32,\n  spread: u32,\n  reverse: u32,    // the forward pass ran from the last time step to the first\n  has_carry: u32,  // 0: the last state has no gradient, and the carry is not read at first\n  has_state: u32,  // 0: the forward pass began at a zero state, whose slot is not read\n  has_dout: u32,\n  has_mask: u32,\n  dout_offset: u32,\n  dout_batch: u32,\n  dout_time: u32,\n  dout_unit: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<f32>;\n@group(0) @binding(2) var<storage, read_write> q: array<f32>;\n@group(0) @binding(3) var<storage, read> wh: array<f32>;\n@group(0) @binding(4) var<storage, read> h: array<f32>;\n@group(0) @binding(5) var<storage, read> dout: array<f32>;  // optional\n@group(0) @binding(6) var<storage, read_write> dh_carry: array<f32>;\n@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(8) var<storage, read> keep: array<f32>;  // optional\n\nfn kept(b: u32, k: u32) -> vec3<f32> {\n  if (!recurrent_dropout) { return vec3<f32>(1.0); }\n  let gate = params.batch * params.hidden;\n  let i = b * params.hidden + k;\n  return vec3<f32>(keep[i], keep[gate + i], keep[2u * gate + i]);\n}\n\nfn cell(b: u32, j: u32, m: u32, time: u32, before: u32, from_next: vec3<f32>) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let carry = b * H + j;\n  var dh = dot(from_next, kept(b, j));\n  if (m > 0u || params.has_carry == 1u) { dh += dh_carry[carry]; }\n  if (m == params.steps) {\n    dh_carry[carry] = dh;\n    return;\n  }\n  if (params.has_dout == 1u) {\n    dh += dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];\n  }\n  let at = (time * params.batch + b) * 3u * H + j;\n  let at_q = (time * params.batch + b) * H + j;\n  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {\n    for (var gate = 0u; gate < 3u; gate++) { gates[at + gate * H] = 0.0; }\n    q[at_q] = 0.0;\n    dh_carry[carry] = dh;\n    return;\n  }\n  let r = gates[at];\n  let z = gates[at + H];\n  let n = gates[at + 2u * H];\n  var h_prev = 0.0;\n  if (m + 1u < params.steps || params.has_state == 1u) { h_prev = h[(before * params.batch + b) * H + j]; }\n  let dn = dh * (1.0 - z) * (1.0 - n * n);\n  gates[at] = dn * q[at_q] * r * (1.0 - r);\n  gates[at + H] = dh * (h_prev - n) * z * (1.0 - z);\n  gates[at + 2u * H] = dn;\n  q[at_q] = dn * r;\n  dh_carry[carry] = dh * z;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn gru_sequence_backward(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden;\n  let b = group.x * 4u;\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  for (var m = params.begin; m < params.end; m++) {\n    let step = max(params.steps, m + 1u) - 1u - m;  // turn `steps` has none, and uses neither of these three\n    let time = select(step, params.steps - 1u - step, params.reverse == 1u);\n    let before = select(step, params.steps - step, params.reverse == 1u);\n    let next_time = select(params.steps - m, max(m, 1u) - 1u, params.reverse == 1u);\n    let at = select(0u, next_time, m > 0u) * params.batch + rows;\n    for (var j = thread + 64u * group.y; j < H; j += 64u * params.spread) {\n      // Whᵀ·(dpre_r, dpre_z, dq)_next of unit j by sequence, the gates' shares apart: each has its own dropout mask.\n      var sum_0 = vec3<f32>();\n      var sum_1 = vec3<f32>();\n      var sum_2 = vec3<f32>();\n      var sum_3 = vec3<f32>();\n      for (var k = 0u; k < select(0u, H, m > 0u); k++) {\n        let w = vec3<f32>(wh[k * H + j], wh[(H + k) * H + j], wh[(2u * H + k) * H + j]);\n        let i = at * 3u * H + k;\n        let i_q = at * H + k;\n        sum_0 += w * vec3<f32>(gates[i.x], gates[i.x + H], q[i_q.x]);\n        sum_1 += w * vec3<f32>(gates[i.y], gates[i.y + H], q[i_q.y]);\n        sum_2 += w * vec3<f32>(gates[i.z], gates[i.z + H], q[i_q.z]);\n        sum_3 += w * vec3<f32>(gates[i.w], gates[i.w + H], q[i_q.w]);\n      }\n      cell(b, j, m, time, before, sum_0);\n      cell(b + 1u, j, m, time, before, sum_1);\n      cell(b + 2u, j, m, time, before, sum_2);\n      cell(b + 3u, j, m, time, before, sum_3);\n    }\n    storageBarrier();\n  }\n}\n",
  },
  layer_norm: {
    name: "layer_norm",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "x_offset", offset: 12, type: "u32", length: 1 },
      { name: "weight_offset", offset: 16, type: "u32", length: 1 },
      { name: "bias_offset", offset: 20, type: "u32", length: 1 },
      { name: "has_weight", offset: 24, type: "u32", length: 1 },
      { name: "has_bias", offset: 28, type: "u32", length: 1 },
      { name: "eps", offset: 32, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "weight", access: "read", type: "f32", optional: true },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
      { name: "stats", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// layer_norm: each row with mean 0 and deviation 1, then scaled and shifted by column.\n//\n//   μ = Σ_c x[r, c] / columns        σ² = Σ_c (x[r, c] − μ)² / columns\n//   out[r, c] = (x[r, c] − μ) / √(σ² + ε) · weight[c] + bias[c]\n//\n//   x       [rows, columns]  contiguous\n//   weight  [columns]        1 when has_weight is 0\n//   bias    [columns]        0 when has_bias is 0\n//   out     [rows, columns]  contiguous\n//   stats   [rows, 2]        μ and 1 / √(σ² + ε), for the backward pass\n//\n// The mean is known before the squares are added up: Σ x² − n μ² would cancel where the mean is large.\n//\n// `lanes` neighbouring threads serve one row, as in softmax.wgsl.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64 (8 on\n// software adapters).\n// Gradient: layer_norm_backward.wgsl, layer_norm_backward_weights.wgsl.   CPU twin: src/backend/cpu/layer_norm.ts.\n// Layer: src/nn/layer_norm.ts.\n// Source: Ba, Kiros & Hinton 2016.\n\nstruct Params {\n  rows: u32,\n  columns: u32,\n  lanes: u32,\n  x_offset: u32,\n  weight_offset: u32,\n  bias_offset: u32,\n  has_weight: u32,\n  has_bias: u32,\n  eps: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> weight: array<f32>;  // optional\n@group(0) @binding(3) var<storage, read> bias: array<f32>;  // optional\n@group(0) @binding(4) var<storage, read_write> out: array<f32>;\n@group(0) @binding(5) var<storage, read_write> stats: array<f32>;\n\nvar<workgroup> partial: array<f32, 64>;\n\n@compute @workgroup_size(64, 1, 1)\nfn layer_norm(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n              @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;\n  let lane = local % lanes;\n  let first = local - lane;  // the thread that ends up with the row's result\n  let end = select(0u, params.columns, row < params.rows);\n  let base = params.x_offset + row * params.columns;\n\n  var sum = 0.0;\n  for (var c = lane; c < end; c += lanes) { sum += x[base + c]; }\n  if (lanes > 1u) {\n    partial[local] = sum;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    sum = partial[first];\n    workgroupBarrier();\n  }\n  let mean = sum / f32(params.columns);\n\n  var squares = 0.0;\n  for (var c = lane; c < end; c += lanes) {\n    let distance = x[base + c] - mean;\n    squares += distance * distance;\n  }\n  if (lanes > 1u) {\n    partial[local] = squares;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    squares = partial[first];\n  }\n  let scale = 1.0 / sqrt(squares / f32(params.columns) + params.eps);\n\n  for (var c = lane; c < end; c += lanes) {\n    var v = (x[base + c] - mean) * scale;\n    if (params.has_weight == 1u) { v *= weight[params.weight_offset + c]; }\n    if (params.has_bias == 1u) { v += bias[params.bias_offset + c]; }\n    out[row * params.columns + c] = v;\n  }\n  if (lane == 0u && row < params.rows) {\n    stats[2u * row] = mean;\n    stats[2u * row + 1u] = scale;\n  }\n}\n",
  },
  layer_norm_backward: {
    name: "layer_norm_backward",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "x_offset", offset: 12, type: "u32", length: 1 },
      { name: "weight_offset", offset: 16, type: "u32", length: 1 },
      { name: "dout_offset", offset: 20, type: "u32", length: 1 },
      { name: "has_weight", offset: 24, type: "u32", length: 1 },
      { name: "accumulate", offset: 28, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "stats", access: "read", type: "f32", optional: false },
      { name: "weight", access: "read", type: "f32", optional: true },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dx", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// layer_norm_backward: the gradient of layer_norm's input.\n//\n//   x̂ = (x[r, c] − μ) · s            g = dout[r, c] · weight[c]\n//   dx[r, c] = s · (g − Σ_k g / columns − x̂ · Σ_k g x̂ / columns)\n//\n//   x       [rows, columns]  contiguous, as in the forward pass\n//   stats   [rows, 2]        μ and s = 1 / √(σ² + ε), from layer_norm\n//   weight  [columns]        1 when has_weight is 0\n//   dout    [rows, columns]  the gradient of the output, contiguous\n//   dx      [rows, columns]  contiguous; added to when accumulate is 1\n//\n// Threads share rows as in softmax.wgsl.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64 (8 on\n// software adapters).\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/layer_norm_backward.ts.\n// Layer: src/nn/layer_norm.ts.\n\nstruct Params {\n  rows: u32,\n  columns: u32,\n  lanes: u32,\n  x_offset: u32,\n  weight_offset: u32,\n  dout_offset: u32,\n  has_weight: u32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> stats: array<f32>;\n@group(0) @binding(3) var<storage, read> weight: array<f32>;  // optional\n@group(0) @binding(4) var<storage, read> dout: array<f32>;\n@group(0) @binding(5) var<storage, read_write> dx: array<f32>;\n\nvar<workgroup> partial: array<vec2<f32>, 64>;\n\n// x̂ and g of an element.\nfn terms(row: u32, c: u32, mean: f32, scale: f32) -> vec2<f32> {\n  let i = row * params.columns + c;\n  var g = dout[params.dout_offset + i];\n  if (params.has_weight == 1u) { g *= weight[params.weight_offset + c]; }\n  return vec2<f32>((x[params.x_offset + i] - mean) * scale, g);\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn layer_norm_backward(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                       @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;\n  let lane = local % lanes;\n  let inside = row < params.rows;\n  let end = select(0u, params.columns, inside);\n  var mean = 0.0;\n  var scale = 0.0;\n  if (inside) {\n    mean = stats[2u * row];\n    scale = stats[2u * row + 1u];\n  }\n\n  var sums = vec2<f32>();  // Σ g, Σ g x̂\n  for (var c = lane; c < end; c += lanes) {\n    let t = terms(row, c, mean, scale);\n    sums += vec2<f32>(t.y, t.x * t.y);\n  }\n  if (lanes > 1u) {\n    partial[local] = sums;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    sums = partial[local - lane];\n  }\n  let means = sums / f32(params.columns);\n\n  for (var c = lane; c < end; c += lanes) {\n    let t = terms(row, c, mean, scale);\n    let d = scale * (t.y - means.x - t.x * means.y);\n    let i = row * params.columns + c;\n    if (params.accumulate == 1u) { dx[i] += d; } else { dx[i] = d; }\n  }\n}\n",
  },
  layer_norm_backward_total: {
    name: "layer_norm_backward_total",
    workgroup: [256, 1, 1],
    paramsSize: 16,
    params: [
      { name: "blocks", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "write_weight", offset: 8, type: "u32", length: 1 },
      { name: "write_bias", offset: 12, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "sums", access: "read", type: "f32", optional: false },
      { name: "dweight", access: "read_write", type: "f32", optional: true },
      { name: "dbias", access: "read_write", type: "f32", optional: true },
    ],
    overrides: [],
    source: "// layer_norm_backward_total: the gradients of layer_norm's weight and bias, from the sums of its blocks of rows.\n//\n//   dweight[c] = Σ_b sums[b, 0, c]        dbias[c] = Σ_b sums[b, 1, c]\n//\n//   sums     [blocks, 2, columns]  from layer_norm_backward_weights\n//   dweight  [columns]             contiguous; 1 in write_weight writes, 2 adds, 0 leaves out\n//   dbias    [columns]             likewise, write_bias\n//\n// A workgroup serves 32 neighbours of the 2 · columns sums; each of its 8 slices takes every 8th block, and their\n// partial results are combined in a fixed order, so that a run repeats bit for bit.\n//\n// Dispatch: ceil(2 · columns / 32) workgroups of 256 threads.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/layer_norm_backward_total.ts.\n// Layer: src/nn/layer_norm.ts.\n\nstruct Params {\n  blocks: u32,\n  columns: u32,\n  write_weight: u32,\n  write_bias: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> sums: array<f32>;\n@group(0) @binding(2) var<storage, read_write> dweight: array<f32>;  // optional\n@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;  // optional\n\nconst LANES = 32u;\nconst SLICES = 8u;\n\nvar<workgroup> partial: array<f32, 256>;\n\n@compute @workgroup_size(256, 1, 1)\nfn layer_norm_backward_total(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let at = group.x * LANES + local % LANES;\n  let slice = local / LANES;\n  let width = 2u * params.columns;\n  let blocks = select(0u, params.blocks, at < width);\n\n  var sum = 0.0;\n  for (var b = slice; b < blocks; b += SLICES) { sum += sums[b * width + at]; }\n  partial[local] = sum;\n  workgroupBarrier();\n  for (var half = SLICES / 2u; half > 0u; half /= 2u) {\n    if (slice < half) { partial[local] += partial[local + half * LANES]; }\n    workgroupBarrier();\n  }\n  if (slice > 0u || at >= width) { return; }\n  let total = partial[local];\n  if (at < params.columns) {\n    if (params.write_weight == 1u) { dweight[at] = total; }\n    if (params.write_weight == 2u) { dweight[at] += total; }\n  } else {\n    let c = at - params.columns;\n    if (params.write_bias == 1u) { dbias[c] = total; }\n    if (params.write_bias == 2u) { dbias[c] += total; }\n  }\n}\n",
  },
  layer_norm_backward_weights: {
    name: "layer_norm_backward_weights",
    workgroup: [256, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "rows_per_block", offset: 8, type: "u32", length: 1 },
      { name: "x_offset", offset: 12, type: "u32", length: 1 },
      { name: "dout_offset", offset: 16, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "stats", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "sums", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// layer_norm_backward_weights: the gradients of layer_norm's weight and bias, block of rows by block.\n//\n//   sums[b, 0, c] = Σ_r dout[r, c] · (x[r, c] − μ) · s        sums[b, 1, c] = Σ_r dout[r, c]        rows r of block b\n//\n//   x      [rows, columns]       contiguous, as in the forward pass\n//   stats  [rows, 2]             μ and s = 1 / √(σ² + ε), from layer_norm\n//   dout   [rows, columns]       the gradient of the output, contiguous\n//   sums   [blocks, 2, columns]  added up over the blocks by layer_norm_backward_total.wgsl\n//\n// A workgroup serves 32 neighbouring columns of one block; each of its 8 slices takes every 8th row, and their partial\n// results are combined in a fixed order, so that a run repeats bit for bit.\n//\n// Dispatch: ceil(columns / 32) by ceil(rows / rows_per_block) workgroups of 256 threads.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/layer_norm_backward_weights.ts.\n// Layer: src/nn/layer_norm.ts.\n\nstruct Params {\n  rows: u32,\n  columns: u32,\n  rows_per_block: u32,\n  x_offset: u32,\n  dout_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> stats: array<f32>;\n@group(0) @binding(3) var<storage, read> dout: array<f32>;\n@group(0) @binding(4) var<storage, read_write> sums: array<f32>;\n\nconst LANES = 32u;\nconst SLICES = 8u;\n\nvar<workgroup> partial: array<vec2<f32>, 256>;\n\n@compute @workgroup_size(256, 1, 1)\nfn layer_norm_backward_weights(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let c = group.x * LANES + local % LANES;\n  let slice = local / LANES;\n  let first = group.y * params.rows_per_block;\n  let last = select(first, min(first + params.rows_per_block, params.rows), c < params.columns);\n\n  var sum = vec2<f32>();\n  for (var row = first + slice; row < last; row += SLICES) {\n    let i = row * params.columns + c;\n    let d = dout[params.dout_offset + i];\n    sum += vec2<f32>(d * (x[params.x_offset + i] - stats[2u * row]) * stats[2u * row + 1u], d);\n  }\n  partial[local] = sum;\n  workgroupBarrier();\n  for (var half = SLICES / 2u; half > 0u; half /= 2u) {\n    if (slice < half) { partial[local] += partial[local + half * LANES]; }\n    workgroupBarrier();\n  }\n  if (slice == 0u && c < params.columns) {\n    let at = 2u * group.y * params.columns + c;\n    sums[at] = partial[local].x;\n    sums[at + params.columns] = partial[local].y;\n  }\n}\n",
  },
  log_softmax: {
    name: "log_softmax",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "x_offset", offset: 12, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// log_softmax: the logarithm of softmax, without leaving the range of f32 on the way.\n//\n//   out[r, c] = x[r, c] − m − log Σ_k e^(x[r, k] − m)        m = the largest x of the row\n//\n//   x    [rows, columns]  contiguous\n//   out  [rows, columns]  contiguous\n//\n// Elements at or below −1e38 are masked: the logarithm of their weight 0 is written as −3e38.\n// Threads share rows as in softmax.wgsl.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64.\n// Gradient: log_softmax_backward.wgsl.   CPU twin: src/backend/cpu/log_softmax.ts.\n\nstruct Params {\n  rows: u32,\n  columns: u32,\n  lanes: u32,\n  x_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read_write> out: array<f32>;\n\nconst MASKED = -1.0e38;\nconst LOWEST = -3.0e38;\n\nvar<workgroup> partial: array<f32, 64>;\n\n// Some drivers' max, exp and log lose NaN, and what went wrong must not look right. Drivers optimise v != v away; the\n// bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\nfn weight(v: f32, largest: f32) -> f32 {\n  if (v <= MASKED) { return 0.0; }\n  if (is_nan(v)) { return v; }\n  return exp(v - largest);\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn log_softmax(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n               @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;\n  let lane = local % lanes;\n  let first = local - lane;  // the thread that ends up with the row's result\n  let end = select(0u, params.columns, row < params.rows);\n  let base = params.x_offset + row * params.columns;\n\n  var largest = LOWEST;\n  for (var c = lane; c < end; c += lanes) { largest = max(largest, x[base + c]); }\n  if (lanes > 1u) {\n    partial[local] = largest;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] = max(partial[local], partial[local + half]); }\n      workgroupBarrier();\n    }\n    largest = partial[first];\n    workgroupBarrier();\n  }\n\n  var sum = 0.0;\n  for (var c = lane; c < end; c += lanes) { sum += weight(x[base + c], largest); }\n  if (lanes > 1u) {\n    partial[local] = sum;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    sum = partial[first];\n  }\n\n  // Below 1 only where every element is masked.\n  let log_sum = select(log(max(sum, 1.0)), sum, is_nan(sum));\n  for (var c = lane; c < end; c += lanes) {\n    let v = x[base + c];\n    out[row * params.columns + c] = select(v - largest - log_sum, LOWEST, v <= MASKED);\n  }\n}\n",
  },
  log_softmax_backward: {
    name: "log_softmax_backward",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "dout_offset", offset: 12, type: "u32", length: 1 },
      { name: "accumulate", offset: 16, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "y", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dx", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// log_softmax_backward: the gradient of log_softmax.\n//\n//   dx[r, c] = dout[r, c] − e^y[r, c] · Σ_k dout[r, k]\n//\n//   y     [rows, columns]  the output of log_softmax, contiguous\n//   dout  [rows, columns]  the gradient of the output, contiguous\n//   dx    [rows, columns]  contiguous; added to when accumulate is 1\n//\n// Masked elements (y at or below −1e38) get no gradient and pass none on. Threads share rows as in softmax.wgsl.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/log_softmax_backward.ts.\n\nstruct Params {\n  rows: u32,\n  columns: u32,\n  lanes: u32,\n  dout_offset: u32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> y: array<f32>;\n@group(0) @binding(2) var<storage, read> dout: array<f32>;\n@group(0) @binding(3) var<storage, read_write> dx: array<f32>;\n\nconst MASKED = -1.0e38;\n\nvar<workgroup> partial: array<f32, 64>;\n\n@compute @workgroup_size(64, 1, 1)\nfn log_softmax_backward(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                        @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;\n  let lane = local % lanes;\n  let end = select(0u, params.columns, row < params.rows);\n  let base = row * params.columns;\n  let dout_base = params.dout_offset + base;\n\n  var sum = 0.0;\n  for (var c = lane; c < end; c += lanes) {\n    if (y[base + c] > MASKED) { sum += dout[dout_base + c]; }\n  }\n  if (lanes > 1u) {\n    partial[local] = sum;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    sum = partial[local - lane];\n  }\n\n  for (var c = lane; c < end; c += lanes) {\n    let log_weight = y[base + c];\n    var d = 0.0;\n    if (log_weight > MASKED) { d = dout[dout_base + c] - exp(log_weight) * sum; }\n    if (params.accumulate == 1u) { dx[base + c] += d; } else { dx[base + c] = d; }\n  }\n}\n",
  },
  lstm_cell: {
    name: "lstm_cell",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "time", offset: 12, type: "u32", length: 1 },
      { name: "from_slot", offset: 16, type: "u32", length: 1 },
      { name: "to_slot", offset: 20, type: "u32", length: 1 },
      { name: "has_state", offset: 24, type: "u32", length: 1 },
      { name: "has_mask", offset: 28, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "h", access: "read_write", type: "f32", optional: false },
      { name: "c", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// lstm_cell: one time step of an LSTM for a whole batch.\n//\n//   i, f, o = σ(pre + Wh·h_prev)     g = tanh(pre + Wh·h_prev)\n//   c = f ∘ c_prev + i ∘ g           h = o ∘ tanh(c)\n//\n//   gates    [time, batch, 4 * hidden]  in: pre = Wx·x + b, blocks in the order i f g o; out: the activated gates\n//   wh       [4 * hidden, hidden]       recurrent weights, same blocks\n//   h, c     [time + 1, batch, hidden]  states: this step reads slot `from` and writes slot `to`\n//   mask     [batch, time]  i32         optional; 0 = padding: the state passes through, the gates are 0\n//   keep     [4, batch, hidden]         optional; recurrent dropout: what h_prev is multiplied by on its way\n//                                       to each gate, 0 or 1 / (1 − rate)\n//\n// Textbooks often write W·[h, x], which is the sum of the two products Wh·h + Wx·x, and call g u or c̃ (the\n// candidate). Wx·x + b is one matmul over all time steps, done before; Wh·h must wait for the step before.\n// Recurrent dropout has one mask per gate and sequence, the same at every step (Gal & Ghahramani 2016).\n//\n// Dispatch: one thread per unit and four sequences of the batch; 64 neighbouring units to a workgroup.\n// Gradient: lstm_cell_backward.wgsl.   CPU twin: src/backend/cpu/lstm_cell.ts.\n// Layer: src/nn/lstm.ts.   Example: examples/moliere_lstm.ts.\n// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  time: u32,\n  from_slot: u32,\n  to_slot: u32,\n  has_state: u32,  // 0: the state before this step is zero, and slot `from` is not read\n  has_mask: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<f32>;\n@group(0) @binding(2) var<storage, read> wh: array<f32>;\n@group(0) @binding(3) var<storage, read_write> h: array<f32>;\n@group(0) @binding(4) var<storage, read_write> c: array<f32>;\n@group(0) @binding(5) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read> keep: array<f32>;  // optional\n\n// clamp loses NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\nfn sigmoid(v: f32) -> f32 {\n  return select(1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0))), v, is_nan(v));\n}\n\n// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.\nfn safe_tanh(v: f32) -> f32 {\n  return select(tanh(clamp(v, -15.0, 15.0)), v, is_nan(v));\n}\n\n// What recurrent dropout makes of h[b, k] on its way to the gates i f g o.\nfn kept(b: u32, k: u32) -> vec4<f32> {\n  if (!recurrent_dropout) { return vec4<f32>(1.0); }\n  let gate = params.batch * params.hidden;\n  let i = b * params.hidden + k;\n  return vec4<f32>(keep[i], keep[gate + i], keep[2u * gate + i], keep[3u * gate + i]);\n}\n\nfn cell(b: u32, j: u32, wh_h: vec4<f32>) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let prev = (params.from_slot * params.batch + b) * H + j;\n  let next = (params.to_slot * params.batch + b) * H + j;\n  let at = (params.time * params.batch + b) * 4u * H + j;\n  var c_prev = 0.0;\n  if (params.has_state == 1u) { c_prev = c[prev]; }\n  if (params.has_mask == 1u && mask[b * params.steps + params.time] == 0) {\n    var h_prev = 0.0;\n    if (params.has_state == 1u) { h_prev = h[prev]; }\n    h[next] = h_prev;\n    c[next] = c_prev;\n    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = 0.0; }\n    return;\n  }\n  let i = sigmoid(gates[at] + wh_h.x);\n  let f = sigmoid(gates[at + H] + wh_h.y);\n  let g = safe_tanh(gates[at + 2u * H] + wh_h.z);\n  let o = sigmoid(gates[at + 3u * H] + wh_h.w);\n  let c_new = f * c_prev + i * g;\n  c[next] = c_new;\n  h[next] = o * safe_tanh(c_new);\n  gates[at] = i;\n  gates[at + H] = f;\n  gates[at + 2u * H] = g;\n  gates[at + 3u * H] = o;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn lstm_cell(@builtin(global_invocation_id) id: vec3<u32>) {\n  let H = params.hidden;\n  let j = id.x;\n  if (j >= H) { return; }\n  let b = id.y * 4u;\n  // Rows past the batch read the last sequence; cell() does not store them.\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  let at = (params.from_slot * params.batch + rows) * H;\n  var sum_0 = vec4<f32>();  // Wh·h_prev for the gates i f g o of unit j, one sum per sequence\n  var sum_1 = vec4<f32>();\n  var sum_2 = vec4<f32>();\n  var sum_3 = vec4<f32>();\n  for (var k = 0u; k < H * params.has_state; k++) {\n    let w = vec4<f32>(wh[j * H + k], wh[(H + j) * H + k], wh[(2u * H + j) * H + k], wh[(3u * H + j) * H + k]);\n    sum_0 += w * (h[at.x + k] * kept(rows.x, k));\n    sum_1 += w * (h[at.y + k] * kept(rows.y, k));\n    sum_2 += w * (h[at.z + k] * kept(rows.z, k));\n    sum_3 += w * (h[at.w + k] * kept(rows.w, k));\n  }\n  cell(b, j, sum_0);\n  cell(b + 1u, j, sum_1);\n  cell(b + 2u, j, sum_2);\n  cell(b + 3u, j, sum_3);\n}\n",
  },
  lstm_cell_backward: {
    name: "lstm_cell_backward",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "time", offset: 12, type: "u32", length: 1 },
      { name: "next_time", offset: 16, type: "u32", length: 1 },
      { name: "from_slot", offset: 20, type: "u32", length: 1 },
      { name: "to_slot", offset: 24, type: "u32", length: 1 },
      { name: "has_next", offset: 28, type: "u32", length: 1 },
      { name: "has_carry", offset: 32, type: "u32", length: 1 },
      { name: "has_state", offset: 36, type: "u32", length: 1 },
      { name: "has_dout", offset: 40, type: "u32", length: 1 },
      { name: "has_mask", offset: 44, type: "u32", length: 1 },
      { name: "dout_offset", offset: 48, type: "u32", length: 1 },
      { name: "dout_batch", offset: 52, type: "u32", length: 1 },
      { name: "dout_time", offset: 56, type: "u32", length: 1 },
      { name: "dout_unit", offset: 60, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "c", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: true },
      { name: "dh_carry", access: "read_write", type: "f32", optional: false },
      { name: "dc_carry", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// lstm_cell_backward: the gradient of one time step, from the last step to the first.\n//\n//   dh = dout + dh_carry + Whᵀ·dpre_next       do = dh ∘ tanh(c)\n//   dc = dc_carry + dh ∘ o ∘ (1 − tanh²(c))    di = dc ∘ g    df = dc ∘ c_prev    dg = dc ∘ i\n//   dpre = (di ∘ i(1−i), df ∘ f(1−f), dg ∘ (1−g²), do ∘ o(1−o))        dc_carry = dc ∘ f\n//\n//   gates     [time, batch, 4 * hidden]  in: the activated gates i f g o of this step, and dpre of the step after;\n//                                        out: dpre of this step, in place of its gates\n//   wh        [4 * hidden, hidden]       recurrent weights\n//   c         [time + 1, batch, hidden]  cell states: c_prev in slot `from`, c in slot `to`\n//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional\n//   dh_carry  [batch, hidden]            gradient that reaches h around the gates (the last state; padded steps)\n//   dc_carry  [batch, hidden]            gradient of c from the step after\n//   mask      [batch, time]  i32         optional; at padding dpre is 0 and both carries pass through\n//   keep      [4, batch, hidden]         optional; recurrent dropout: as in the forward pass\n//\n// The gradients of Wx, Wh, b and x are one matmul or sum each over all of dpre, after the last launch.\n//\n// Dispatch: one thread per unit and four sequences of the batch; 64 neighbouring units to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/lstm_cell_backward.ts.\n// Layer: src/nn/lstm.ts.   Example: examples/moliere_lstm.ts.\n// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  time: u32,\n  next_time: u32,\n  from_slot: u32,\n  to_slot: u32,\n  has_next: u32,   // 0 at the step that the forward pass did last\n  has_carry: u32,  // 0: the carries are zero and not read\n  has_state: u32,  // 0: c_prev is zero and not read\n  has_dout: u32,\n  has_mask: u32,\n  dout_offset: u32,\n  dout_batch: u32,\n  dout_time: u32,\n  dout_unit: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<f32>;\n@group(0) @binding(2) var<storage, read> wh: array<f32>;\n@group(0) @binding(3) var<storage, read> c: array<f32>;\n@group(0) @binding(4) var<storage, read> dout: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read_write> dh_carry: array<f32>;\n@group(0) @binding(6) var<storage, read_write> dc_carry: array<f32>;\n@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(8) var<storage, read> keep: array<f32>;  // optional\n\nfn safe_tanh(v: f32) -> f32 {\n  return tanh(clamp(v, -15.0, 15.0));\n}\n\n// What recurrent dropout made of h[b, k] on its way to the gates i f g o.\nfn kept(b: u32, k: u32) -> vec4<f32> {\n  if (!recurrent_dropout) { return vec4<f32>(1.0); }\n  let gate = params.batch * params.hidden;\n  let i = b * params.hidden + k;\n  return vec4<f32>(keep[i], keep[gate + i], keep[2u * gate + i], keep[3u * gate + i]);\n}\n\nfn cell(b: u32, j: u32, from_next: vec4<f32>) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let at = (params.time * params.batch + b) * 4u * H + j;\n  let carry = b * H + j;\n  var dh = dot(from_next, kept(b, j));\n  var dc = 0.0;\n  if (params.has_carry == 1u) { dh += dh_carry[carry]; dc = dc_carry[carry]; }\n  if (params.has_dout == 1u) {\n    dh += dout[params.dout_offset + b * params.dout_batch + params.time * params.dout_time + j * params.dout_unit];\n  }\n  if (params.has_mask == 1u && mask[b * params.steps + params.time] == 0) {\n    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = 0.0; }\n    dh_carry[carry] = dh;\n    dc_carry[carry] = dc;\n    return;\n  }\n  let i = gates[at];\n  let f = gates[at + H];\n  let g = gates[at + 2u * H];\n  let o = gates[at + 3u * H];\n  let tanh_c = safe_tanh(c[(params.to_slot * params.batch + b) * H + j]);\n  var c_prev = 0.0;\n  if (params.has_state == 1u) { c_prev = c[(params.from_slot * params.batch + b) * H + j]; }\n  dc += dh * o * (1.0 - tanh_c * tanh_c);\n  gates[at] = dc * g * i * (1.0 - i);\n  gates[at + H] = dc * c_prev * f * (1.0 - f);\n  gates[at + 2u * H] = dc * i * (1.0 - g * g);\n  gates[at + 3u * H] = dh * tanh_c * o * (1.0 - o);\n  dh_carry[carry] = 0.0;\n  dc_carry[carry] = dc * f;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn lstm_cell_backward(@builtin(global_invocation_id) id: vec3<u32>) {\n  let H = params.hidden;\n  let j = id.x;\n  if (j >= H) { return; }\n  let b = id.y * 4u;\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  let at = (params.next_time * params.batch + rows) * 4u * H;\n  // Whᵀ·dpre_next of unit j by sequence, with the four gates' shares apart: each has its own dropout mask.\n  var sum_0 = vec4<f32>();\n  var sum_1 = vec4<f32>();\n  var sum_2 = vec4<f32>();\n  var sum_3 = vec4<f32>();\n  for (var k = 0u; k < H * params.has_next; k++) {\n    let w = vec4<f32>(wh[k * H + j], wh[(H + k) * H + j], wh[(2u * H + k) * H + j], wh[(3u * H + k) * H + j]);\n    let n = at + k;\n    sum_0 += w * vec4<f32>(gates[n.x], gates[n.x + H], gates[n.x + 2u * H], gates[n.x + 3u * H]);\n    sum_1 += w * vec4<f32>(gates[n.y], gates[n.y + H], gates[n.y + 2u * H], gates[n.y + 3u * H]);\n    sum_2 += w * vec4<f32>(gates[n.z], gates[n.z + H], gates[n.z + 2u * H], gates[n.z + 3u * H]);\n    sum_3 += w * vec4<f32>(gates[n.w], gates[n.w + H], gates[n.w + 2u * H], gates[n.w + 3u * H]);\n  }\n  cell(b, j, sum_0);\n  cell(b + 1u, j, sum_1);\n  cell(b + 2u, j, sum_2);\n  cell(b + 3u, j, sum_3);\n}\n",
  },
  lstm_cell_backward_direct: {
    name: "lstm_cell_backward_direct",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "time", offset: 12, type: "u32", length: 1 },
      { name: "next_time", offset: 16, type: "u32", length: 1 },
      { name: "from_slot", offset: 20, type: "u32", length: 1 },
      { name: "to_slot", offset: 24, type: "u32", length: 1 },
      { name: "has_next", offset: 28, type: "u32", length: 1 },
      { name: "has_carry", offset: 32, type: "u32", length: 1 },
      { name: "has_state", offset: 36, type: "u32", length: 1 },
      { name: "has_dout", offset: 40, type: "u32", length: 1 },
      { name: "has_mask", offset: 44, type: "u32", length: 1 },
      { name: "dout_offset", offset: 48, type: "u32", length: 1 },
      { name: "dout_batch", offset: 52, type: "u32", length: 1 },
      { name: "dout_time", offset: 56, type: "u32", length: 1 },
      { name: "dout_unit", offset: 60, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "c", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: true },
      { name: "dh_carry", access: "read_write", type: "f32", optional: false },
      { name: "dc_carry", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// lstm_cell_backward_direct: lstm_cell_backward with vector loads, for adapters that run on the processor.\n//\n//   dh = dout + dh_carry + Whᵀ·dpre_next       do = dh ∘ tanh(c)\n//   dc = dc_carry + dh ∘ o ∘ (1 − tanh²(c))    di = dc ∘ g    df = dc ∘ c_prev    dg = dc ∘ i\n//   dpre = (di ∘ i(1−i), df ∘ f(1−f), dg ∘ (1−g²), do ∘ o(1−o))        dc_carry = dc ∘ f\n//\n//   gates     [time, batch, 4 * hidden]  in: the activated gates i f g o of this step, and dpre of the step after;\n//                                        out: dpre of this step, in place of its gates\n//   wh        [4 * hidden, hidden]       recurrent weights\n//   c         [time + 1, batch, hidden]  cell states: c_prev in slot `from`, c in slot `to`\n//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional\n//   dh_carry  [batch, hidden]            gradient that reaches h around the gates (the last state; padded steps)\n//   dc_carry  [batch, hidden]            gradient of c from the step after\n//   mask      [batch, time]  i32         optional; at padding dpre is 0 and both carries pass through\n//   keep      [4, batch, hidden]         optional; recurrent dropout: as in the forward pass\n//\n// As in lstm_cell_direct.wgsl, a thread has four neighbouring units, positions count vectors, and the sums run in\n// the order of lstm_cell_backward.wgsl.\n//\n// Dispatch: one thread per four units and eight sequences; 64 neighbouring threads to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/lstm_cell_backward.ts.\n// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32, hidden: u32, steps: u32,\n  time: u32, next_time: u32, from_slot: u32, to_slot: u32,\n  has_next: u32,   // 0 at the step that the forward pass did last\n  has_carry: u32,  // 0: the carries are zero and not read\n  has_state: u32,  // 0: c_prev is zero and not read\n  has_dout: u32,\n  has_mask: u32,\n  dout_offset: u32, dout_batch: u32, dout_time: u32, dout_unit: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<vec4<f32>>;\n@group(0) @binding(2) var<storage, read> wh: array<vec4<f32>>;\n@group(0) @binding(3) var<storage, read> c: array<vec4<f32>>;\n@group(0) @binding(4) var<storage, read> dout: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read_write> dh_carry: array<vec4<f32>>;\n@group(0) @binding(6) var<storage, read_write> dc_carry: array<vec4<f32>>;\n@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(8) var<storage, read> keep: array<vec4<f32>>;  // optional\n\nfn safe_tanh(v: vec4<f32>) -> vec4<f32> {\n  return tanh(clamp(v, vec4<f32>(-15.0), vec4<f32>(15.0)));\n}\n\n// Four units by four sequences: what each unit's weight makes of each sequence's d.\nfn products(w: vec4<f32>, d: vec4<f32>) -> mat4x4<f32> {\n  return mat4x4<f32>(w * d.x, w * d.y, w * d.z, w * d.w);\n}\n\n// dpre_next of units 4k to 4k + 3, a unit to a vector, of the sequences that start at `at`.\nfn d_block(at: vec4<u32>, k: u32) -> mat4x4<f32> {\n  return transpose(mat4x4<f32>(gates[at.x + k], gates[at.y + k], gates[at.z + k], gates[at.w + k]));\n}\n\n// The share of one gate, times what recurrent dropout made of h of four units and four sequences on its way there.\nfn kept(v: mat4x4<f32>, gate: u32, rows: vec4<u32>, j: u32) -> mat4x4<f32> {\n  if (!recurrent_dropout) { return v; }\n  let i = (gate * params.batch + rows) * (params.hidden / 4u) + j;\n  return mat4x4<f32>(v[0] * keep[i.x], v[1] * keep[i.y], v[2] * keep[i.z], v[3] * keep[i.w]);\n}\n\nfn cell(b: u32, j: u32, from_next: vec4<f32>) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden / 4u;\n  let at = (params.time * params.batch + b) * 4u * H + j;\n  let carry = b * H + j;\n  var dh = from_next;\n  var dc = vec4<f32>();\n  if (params.has_carry == 1u) { dh += dh_carry[carry]; dc = dc_carry[carry]; }\n  if (params.has_dout == 1u) {\n    let u = params.dout_unit;\n    let d = params.dout_offset + b * params.dout_batch + params.time * params.dout_time + 4u * j * u;\n    dh += vec4<f32>(dout[d], dout[d + u], dout[d + 2u * u], dout[d + 3u * u]);\n  }\n  if (params.has_mask == 1u && mask[b * params.steps + params.time] == 0) {\n    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = vec4<f32>(); }\n    dh_carry[carry] = dh;\n    dc_carry[carry] = dc;\n    return;\n  }\n  let i = gates[at];\n  let f = gates[at + H];\n  let g = gates[at + 2u * H];\n  let o = gates[at + 3u * H];\n  let tanh_c = safe_tanh(c[(params.to_slot * params.batch + b) * H + j]);\n  var c_prev = vec4<f32>();\n  if (params.has_state == 1u) { c_prev = c[(params.from_slot * params.batch + b) * H + j]; }\n  dc += dh * o * (1.0 - tanh_c * tanh_c);\n  gates[at] = dc * g * i * (1.0 - i);\n  gates[at + H] = dc * c_prev * f * (1.0 - f);\n  gates[at + 2u * H] = dc * i * (1.0 - g * g);\n  gates[at + 3u * H] = dh * tanh_c * o * (1.0 - o);\n  dh_carry[carry] = vec4<f32>();\n  dc_carry[carry] = dc * f;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn lstm_cell_backward_direct(@builtin(global_invocation_id) id: vec3<u32>) {\n  let H = params.hidden / 4u;\n  let j = id.x;\n  if (j >= H) { return; }\n  let b = id.y * 8u;\n  // Rows past the batch read the last sequence; cell() does not store them.\n  let last = vec4<u32>(params.batch - 1u);\n  let rows_0 = min(b + vec4<u32>(0u, 1u, 2u, 3u), last);\n  let rows_1 = min(b + vec4<u32>(4u, 5u, 6u, 7u), last);\n  let at_0 = (params.next_time * params.batch + rows_0) * 4u * H;\n  let at_1 = (params.next_time * params.batch + rows_1) * 4u * H;\n  var total_0 = mat4x4<f32>();  // Whᵀ·dpre_next of the four units, a vector per sequence\n  var total_1 = mat4x4<f32>();\n  for (var gate = 0u; gate < 4u * params.has_next; gate++) {\n    var sums_0 = mat4x4<f32>();\n    var sums_1 = mat4x4<f32>();\n    for (var k = gate * H; k < gate * H + H; k++) {\n      let i = 4u * k * H + j;\n      let w = mat4x4<f32>(wh[i], wh[i + H], wh[i + 2u * H], wh[i + 3u * H]);\n      let d_0 = d_block(at_0, k);\n      let d_1 = d_block(at_1, k);\n      sums_0 += products(w[0], d_0[0]);\n      sums_0 += products(w[1], d_0[1]);\n      sums_0 += products(w[2], d_0[2]);\n      sums_0 += products(w[3], d_0[3]);\n      sums_1 += products(w[0], d_1[0]);\n      sums_1 += products(w[1], d_1[1]);\n      sums_1 += products(w[2], d_1[2]);\n      sums_1 += products(w[3], d_1[3]);\n    }\n    total_0 += kept(sums_0, gate, rows_0, j);\n    total_1 += kept(sums_1, gate, rows_1, j);\n  }\n  for (var n = 0u; n < 4u; n++) {\n    cell(b + n, j, total_0[n]);\n    cell(b + n + 4u, j, total_1[n]);\n  }\n}\n",
  },
  lstm_cell_direct: {
    name: "lstm_cell_direct",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "time", offset: 12, type: "u32", length: 1 },
      { name: "from_slot", offset: 16, type: "u32", length: 1 },
      { name: "to_slot", offset: 20, type: "u32", length: 1 },
      { name: "has_state", offset: 24, type: "u32", length: 1 },
      { name: "has_mask", offset: 28, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "h", access: "read_write", type: "f32", optional: false },
      { name: "c", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// lstm_cell_direct: lstm_cell with vector loads, for adapters that run on the processor.\n//\n//   i, f, o = σ(pre + Wh·h_prev)     g = tanh(pre + Wh·h_prev)\n//   c = f ∘ c_prev + i ∘ g           h = o ∘ tanh(c)\n//\n//   gates  [time, batch, 4 * hidden]  in: pre = Wx·x + b, blocks in the order i f g o; out: the activated gates\n//   wh     [4 * hidden, hidden]       recurrent weights, same blocks\n//   h, c   [time + 1, batch, hidden]  states: this step reads slot `from` and writes slot `to`\n//   mask   [batch, time]  i32         optional; 0 = padding: the state passes through, the gates are 0\n//   keep   [4, batch, hidden]         optional; recurrent dropout, as in lstm_cell.wgsl\n//\n// A thread has four neighbouring units, so that every load brings four numbers: hidden is a multiple of 4, and\n// positions count vectors. It adds Wh·h_prev to one gate after the other, for eight sequences at a time, which\n// share the weights. The sums run in the order of lstm_cell.wgsl, so the numbers are the same to the last bit.\n//\n// Dispatch: one thread per four units and eight sequences; 64 neighbouring threads to a workgroup.\n// Gradient: lstm_cell_backward_direct.wgsl.   CPU twin: src/backend/cpu/lstm_cell.ts.\n// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  time: u32,\n  from_slot: u32,\n  to_slot: u32,\n  has_state: u32,  // 0: the state before this step is zero, and slot `from` is not read\n  has_mask: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<vec4<f32>>;\n@group(0) @binding(2) var<storage, read> wh: array<vec4<f32>>;\n@group(0) @binding(3) var<storage, read_write> h: array<vec4<f32>>;\n@group(0) @binding(4) var<storage, read_write> c: array<vec4<f32>>;\n@group(0) @binding(5) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read> keep: array<vec4<f32>>;  // optional\n\n// clamp loses NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.\nfn is_nan(v: vec4<f32>) -> vec4<bool> {\n  return (bitcast<vec4<u32>>(v) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);\n}\n\nfn sigmoid(v: vec4<f32>) -> vec4<f32> {\n  return select(1.0 / (1.0 + exp(-clamp(v, vec4<f32>(-87.0), vec4<f32>(87.0)))), v, is_nan(v));\n}\n\n// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.\nfn safe_tanh(v: vec4<f32>) -> vec4<f32> {\n  return select(tanh(clamp(v, vec4<f32>(-15.0), vec4<f32>(15.0))), v, is_nan(v));\n}\n\n// Four units by four sequences: what each unit's weight makes of each sequence's h.\nfn products(w: vec4<f32>, h4: vec4<f32>) -> mat4x4<f32> {\n  return mat4x4<f32>(w * h4.x, w * h4.y, w * h4.z, w * h4.w);\n}\n\n// What a gate sees of h_prev of four sequences, units 4k to 4k + 3: a unit to a vector.\nfn h_block(rows: vec4<u32>, gate: u32, k: u32) -> mat4x4<f32> {\n  let H = params.hidden / 4u;\n  let at = (params.from_slot * params.batch + rows) * H + k;\n  let v = mat4x4<f32>(h[at.x], h[at.y], h[at.z], h[at.w]);\n  if (!recurrent_dropout) { return transpose(v); }\n  let i = (gate * params.batch + rows) * H + k;\n  return transpose(mat4x4<f32>(v[0] * keep[i.x], v[1] * keep[i.y], v[2] * keep[i.z], v[3] * keep[i.w]));\n}\n\nfn add(b: u32, column: u32, wh_h: mat4x4<f32>) {\n  var sums = wh_h;\n  for (var n = 0u; n < 4u; n++) {\n    if (b + n < params.batch) { gates[(params.time * params.batch + b + n) * params.hidden + column] += sums[n]; }\n  }\n}\n\nfn cell(b: u32, j: u32) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden / 4u;\n  let prev = (params.from_slot * params.batch + b) * H + j;\n  let next = (params.to_slot * params.batch + b) * H + j;\n  let at = (params.time * params.batch + b) * 4u * H + j;\n  var c_prev = vec4<f32>();\n  if (params.has_state == 1u) { c_prev = c[prev]; }\n  if (params.has_mask == 1u && mask[b * params.steps + params.time] == 0) {\n    var h_prev = vec4<f32>();\n    if (params.has_state == 1u) { h_prev = h[prev]; }\n    h[next] = h_prev;\n    c[next] = c_prev;\n    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = vec4<f32>(); }\n    return;\n  }\n  let i = sigmoid(gates[at]);\n  let f = sigmoid(gates[at + H]);\n  let g = safe_tanh(gates[at + 2u * H]);\n  let o = sigmoid(gates[at + 3u * H]);\n  let c_new = f * c_prev + i * g;\n  c[next] = c_new;\n  h[next] = o * safe_tanh(c_new);\n  gates[at] = i;\n  gates[at + H] = f;\n  gates[at + 2u * H] = g;\n  gates[at + 3u * H] = o;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn lstm_cell_direct(@builtin(global_invocation_id) id: vec3<u32>) {\n  let H = params.hidden / 4u;\n  let j = id.x;\n  if (j >= H) { return; }\n  let b = id.y * 8u;\n  // Rows past the batch read the last sequence; their sums are not stored.\n  let last = vec4<u32>(params.batch - 1u);\n  let rows_0 = min(b + vec4<u32>(0u, 1u, 2u, 3u), last);\n  let rows_1 = min(b + vec4<u32>(4u, 5u, 6u, 7u), last);\n  for (var gate = 0u; gate < 4u * params.has_state; gate++) {\n    let column = gate * H + j;\n    var sums_0 = mat4x4<f32>();  // Wh·h_prev of the four units, a vector per sequence\n    var sums_1 = mat4x4<f32>();\n    for (var k = 0u; k < H; k++) {\n      let i = 4u * column * H + k;\n      let w = transpose(mat4x4<f32>(wh[i], wh[i + H], wh[i + 2u * H], wh[i + 3u * H]));\n      let h_0 = h_block(rows_0, gate, k);\n      let h_1 = h_block(rows_1, gate, k);\n      sums_0 += products(w[0], h_0[0]);\n      sums_0 += products(w[1], h_0[1]);\n      sums_0 += products(w[2], h_0[2]);\n      sums_0 += products(w[3], h_0[3]);\n      sums_1 += products(w[0], h_1[0]);\n      sums_1 += products(w[1], h_1[1]);\n      sums_1 += products(w[2], h_1[2]);\n      sums_1 += products(w[3], h_1[3]);\n    }\n    add(b, column, sums_0);\n    add(b + 4u, column, sums_1);\n  }\n  for (var n = 0u; n < 8u; n++) { cell(b + n, j); }\n}\n",
  },
  lstm_sequence: {
    name: "lstm_sequence",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "reverse", offset: 12, type: "u32", length: 1 },
      { name: "has_state", offset: 16, type: "u32", length: 1 },
      { name: "has_mask", offset: 20, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "h", access: "read_write", type: "f32", optional: false },
      { name: "c", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// lstm_sequence: a whole sequence through an LSTM in one dispatch.\n//\n//   for every time step, in order:\n//     i, f, o = σ(pre + Wh·h_prev)     g = tanh(pre + Wh·h_prev)\n//     c = f ∘ c_prev + i ∘ g           h = o ∘ tanh(c)\n//\n//   gates    [time, batch, 4 * hidden]  in: pre = Wx·x + b, blocks in the order i f g o; out: the activated gates\n//   wh       [4 * hidden, hidden]       recurrent weights, same blocks\n//   h, c     [time + 1, batch, hidden]  states; the first one lies in slot 0, or in slot `time` in reverse\n//   mask     [batch, time]  i32         optional; 0 = padding: the state passes through, the gates are 0\n//   keep     [4, batch, hidden]         optional; recurrent dropout: what h_prev is multiplied by on its way\n//                                       to each gate, 0 or 1 / (1 − rate)\n//\n// This is lstm_cell.wgsl (read that first) inside a loop over time. Only sequences of one workgroup read each\n// other's states, so a barrier between steps is enough. It saves dispatches where one step is little work; where a\n// step is much work, one dispatch per step spreads it over more threads (src/ops/lstm.ts chooses).\n//\n// Dispatch: one workgroup of 64 threads per four sequences; each thread takes every 64th unit.\n// Gradient: lstm_sequence_backward.wgsl.   CPU twin: src/backend/cpu/lstm_sequence.ts.\n// Layer: src/nn/lstm.ts.   Example: examples/moliere_lstm.ts.\n// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  reverse: u32,\n  has_state: u32,  // 0: the state before the first step is zero, and its slot is not read\n  has_mask: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<f32>;\n@group(0) @binding(2) var<storage, read> wh: array<f32>;\n@group(0) @binding(3) var<storage, read_write> h: array<f32>;\n@group(0) @binding(4) var<storage, read_write> c: array<f32>;\n@group(0) @binding(5) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read> keep: array<f32>;  // optional\n\n// clamp loses NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\nfn sigmoid(v: f32) -> f32 {\n  return select(1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0))), v, is_nan(v));\n}\n\n// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.\nfn safe_tanh(v: f32) -> f32 {\n  return select(tanh(clamp(v, -15.0, 15.0)), v, is_nan(v));\n}\n\n// What recurrent dropout makes of h[b, k] on its way to the gates i f g o.\nfn kept(b: u32, k: u32) -> vec4<f32> {\n  if (!recurrent_dropout) { return vec4<f32>(1.0); }\n  let gate = params.batch * params.hidden;\n  let i = b * params.hidden + k;\n  return vec4<f32>(keep[i], keep[gate + i], keep[2u * gate + i], keep[3u * gate + i]);\n}\n\nfn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool, wh_h: vec4<f32>) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let prev = (before * params.batch + b) * H + j;\n  let next = (after * params.batch + b) * H + j;\n  let at = (time * params.batch + b) * 4u * H + j;\n  var c_prev = 0.0;\n  if (has_state) { c_prev = c[prev]; }\n  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {\n    var h_prev = 0.0;\n    if (has_state) { h_prev = h[prev]; }\n    h[next] = h_prev;\n    c[next] = c_prev;\n    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = 0.0; }\n    return;\n  }\n  let i = sigmoid(gates[at] + wh_h.x);\n  let f = sigmoid(gates[at + H] + wh_h.y);\n  let g = safe_tanh(gates[at + 2u * H] + wh_h.z);\n  let o = sigmoid(gates[at + 3u * H] + wh_h.w);\n  let c_new = f * c_prev + i * g;\n  c[next] = c_new;\n  h[next] = o * safe_tanh(c_new);\n  gates[at] = i;\n  gates[at + H] = f;\n  gates[at + 2u * H] = g;\n  gates[at + 3u * H] = o;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn lstm_sequence(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden;\n  let b = group.x * 4u;\n  // Rows past the batch read the last sequence; cell() does not store them.\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  for (var n = 0u; n < params.steps; n++) {\n    let time = select(n, params.steps - 1u - n, params.reverse == 1u);\n    let before = select(n, params.steps - n, params.reverse == 1u);\n    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);\n    let has_state = n > 0u || params.has_state == 1u;\n    let at = (before * params.batch + rows) * H;\n    for (var j = thread; j < H; j += 64u) {\n      var sum_0 = vec4<f32>();  // Wh·h_prev for the gates i f g o of unit j, one sum per sequence\n      var sum_1 = vec4<f32>();\n      var sum_2 = vec4<f32>();\n      var sum_3 = vec4<f32>();\n      for (var k = 0u; k < select(0u, H, has_state); k++) {\n        let w = vec4<f32>(wh[j * H + k], wh[(H + j) * H + k], wh[(2u * H + j) * H + k], wh[(3u * H + j) * H + k]);\n        sum_0 += w * (h[at.x + k] * kept(rows.x, k));\n        sum_1 += w * (h[at.y + k] * kept(rows.y, k));\n        sum_2 += w * (h[at.z + k] * kept(rows.z, k));\n        sum_3 += w * (h[at.w + k] * kept(rows.w, k));\n      }\n      cell(b, j, time, before, after, has_state, sum_0);\n      cell(b + 1u, j, time, before, after, has_state, sum_1);\n      cell(b + 2u, j, time, before, after, has_state, sum_2);\n      cell(b + 3u, j, time, before, after, has_state, sum_3);\n    }\n    storageBarrier();\n  }\n}\n",
  },
  lstm_sequence_backward: {
    name: "lstm_sequence_backward",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "reverse", offset: 12, type: "u32", length: 1 },
      { name: "has_carry", offset: 16, type: "u32", length: 1 },
      { name: "has_state", offset: 20, type: "u32", length: 1 },
      { name: "has_dout", offset: 24, type: "u32", length: 1 },
      { name: "has_mask", offset: 28, type: "u32", length: 1 },
      { name: "dout_offset", offset: 32, type: "u32", length: 1 },
      { name: "dout_batch", offset: 36, type: "u32", length: 1 },
      { name: "dout_time", offset: 40, type: "u32", length: 1 },
      { name: "dout_unit", offset: 44, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "c", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: true },
      { name: "dh_carry", access: "read_write", type: "f32", optional: false },
      { name: "dc_carry", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// lstm_sequence_backward: the gradient of a whole sequence in one dispatch, from the last step to the first.\n//\n//   for every time step, in the opposite order:\n//     dh = dout + dh_carry + Whᵀ·dpre_next       do = dh ∘ tanh(c)\n//     dc = dc_carry + dh ∘ o ∘ (1 − tanh²(c))    di = dc ∘ g    df = dc ∘ c_prev    dg = dc ∘ i\n//     dpre = (di ∘ i(1−i), df ∘ f(1−f), dg ∘ (1−g²), do ∘ o(1−o))        dc_carry = dc ∘ f\n//\n//   gates     [time, batch, 4 * hidden]  in: the activated gates i f g o; out: dpre, in their place\n//   wh        [4 * hidden, hidden]       recurrent weights\n//   c         [time + 1, batch, hidden]  cell states\n//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional\n//   dh_carry  [batch, hidden]            in: gradient of the last state; out: what reaches the first around the gates\n//   dc_carry  [batch, hidden]            in: gradient of the last cell state; out: of the first\n//   mask      [batch, time]  i32         optional; at padding dpre is 0 and both carries pass through\n//   keep      [4, batch, hidden]         optional; recurrent dropout: as in the forward pass\n//\n// This is lstm_cell_backward.wgsl (read that first) inside a loop over time.\n//\n// Dispatch: one workgroup of 64 threads per four sequences; each thread takes every 64th unit.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/lstm_sequence_backward.ts.\n// Layer: src/nn/lstm.ts.   Example: examples/moliere_lstm.ts.\n// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  reverse: u32,    // the forward pass ran from the last time step to the first\n  has_carry: u32,  // 0: the last state has no gradient, and the carries are not read at first\n  has_state: u32,  // 0: the forward pass began at a zero state, whose slot is not read\n  has_dout: u32,\n  has_mask: u32,\n  dout_offset: u32,\n  dout_batch: u32,\n  dout_time: u32,\n  dout_unit: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<f32>;\n@group(0) @binding(2) var<storage, read> wh: array<f32>;\n@group(0) @binding(3) var<storage, read> c: array<f32>;\n@group(0) @binding(4) var<storage, read> dout: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read_write> dh_carry: array<f32>;\n@group(0) @binding(6) var<storage, read_write> dc_carry: array<f32>;\n@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(8) var<storage, read> keep: array<f32>;  // optional\n\nfn safe_tanh(v: f32) -> f32 {\n  return tanh(clamp(v, -15.0, 15.0));\n}\n\n// What recurrent dropout made of h[b, k] on its way to the gates i f g o.\nfn kept(b: u32, k: u32) -> vec4<f32> {\n  if (!recurrent_dropout) { return vec4<f32>(1.0); }\n  let gate = params.batch * params.hidden;\n  let i = b * params.hidden + k;\n  return vec4<f32>(keep[i], keep[gate + i], keep[2u * gate + i], keep[3u * gate + i]);\n}\n\nfn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_carry: bool, has_state: bool, from_next: vec4<f32>) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let at = (time * params.batch + b) * 4u * H + j;\n  let carry = b * H + j;\n  var dh = dot(from_next, kept(b, j));\n  var dc = 0.0;\n  if (has_carry) { dh += dh_carry[carry]; dc = dc_carry[carry]; }\n  if (params.has_dout == 1u) {\n    dh += dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];\n  }\n  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {\n    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = 0.0; }\n    dh_carry[carry] = dh;\n    dc_carry[carry] = dc;\n    return;\n  }\n  let i = gates[at];\n  let f = gates[at + H];\n  let g = gates[at + 2u * H];\n  let o = gates[at + 3u * H];\n  let tanh_c = safe_tanh(c[(after * params.batch + b) * H + j]);\n  var c_prev = 0.0;\n  if (has_state) { c_prev = c[(before * params.batch + b) * H + j]; }\n  dc += dh * o * (1.0 - tanh_c * tanh_c);\n  gates[at] = dc * g * i * (1.0 - i);\n  gates[at + H] = dc * c_prev * f * (1.0 - f);\n  gates[at + 2u * H] = dc * i * (1.0 - g * g);\n  gates[at + 3u * H] = dh * tanh_c * o * (1.0 - o);\n  dh_carry[carry] = 0.0;\n  dc_carry[carry] = dc * f;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn lstm_sequence_backward(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden;\n  let b = group.x * 4u;\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  for (var m = params.steps; m > 0u; m--) {\n    let n = m - 1u;  // the forward pass did this step as its n-th\n    let time = select(n, params.steps - 1u - n, params.reverse == 1u);\n    let next_time = select(n + 1u, params.steps - 2u - n, params.reverse == 1u);\n    let before = select(n, params.steps - n, params.reverse == 1u);\n    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);\n    let has_next = n + 1u < params.steps;\n    let at = (select(0u, next_time, has_next) * params.batch + rows) * 4u * H;\n    for (var j = thread; j < H; j += 64u) {\n      // Whᵀ·dpre_next of unit j by sequence, with the four gates' shares apart: each has its own dropout mask.\n      var sum_0 = vec4<f32>();\n      var sum_1 = vec4<f32>();\n      var sum_2 = vec4<f32>();\n      var sum_3 = vec4<f32>();\n      for (var k = 0u; k < select(0u, H, has_next); k++) {\n        let w = vec4<f32>(wh[k * H + j], wh[(H + k) * H + j], wh[(2u * H + k) * H + j], wh[(3u * H + k) * H + j]);\n        let i = at + k;\n        sum_0 += w * vec4<f32>(gates[i.x], gates[i.x + H], gates[i.x + 2u * H], gates[i.x + 3u * H]);\n        sum_1 += w * vec4<f32>(gates[i.y], gates[i.y + H], gates[i.y + 2u * H], gates[i.y + 3u * H]);\n        sum_2 += w * vec4<f32>(gates[i.z], gates[i.z + H], gates[i.z + 2u * H], gates[i.z + 3u * H]);\n        sum_3 += w * vec4<f32>(gates[i.w], gates[i.w + H], gates[i.w + 2u * H], gates[i.w + 3u * H]);\n      }\n      let has_carry = has_next || params.has_carry == 1u;\n      let has_state = n > 0u || params.has_state == 1u;\n      cell(b, j, time, before, after, has_carry, has_state, sum_0);\n      cell(b + 1u, j, time, before, after, has_carry, has_state, sum_1);\n      cell(b + 2u, j, time, before, after, has_carry, has_state, sum_2);\n      cell(b + 3u, j, time, before, after, has_carry, has_state, sum_3);\n    }\n    storageBarrier();\n  }\n}\n",
  },
  lstm_sequence_backward_direct: {
    name: "lstm_sequence_backward_direct",
    workgroup: [8, 1, 1],
    paramsSize: 48,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "reverse", offset: 12, type: "u32", length: 1 },
      { name: "has_carry", offset: 16, type: "u32", length: 1 },
      { name: "has_state", offset: 20, type: "u32", length: 1 },
      { name: "has_dout", offset: 24, type: "u32", length: 1 },
      { name: "has_mask", offset: 28, type: "u32", length: 1 },
      { name: "dout_offset", offset: 32, type: "u32", length: 1 },
      { name: "dout_batch", offset: 36, type: "u32", length: 1 },
      { name: "dout_time", offset: 40, type: "u32", length: 1 },
      { name: "dout_unit", offset: 44, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "c", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: true },
      { name: "dh_carry", access: "read_write", type: "f32", optional: false },
      { name: "dc_carry", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// lstm_sequence_backward_direct: lstm_sequence_backward with vector loads, for adapters that run on the processor.\n//\n//   for every time step, in the opposite order:\n//     dh = dout + dh_carry + Whᵀ·dpre_next       do = dh ∘ tanh(c)\n//     dc = dc_carry + dh ∘ o ∘ (1 − tanh²(c))    di = dc ∘ g    df = dc ∘ c_prev    dg = dc ∘ i\n//     dpre = (di ∘ i(1−i), df ∘ f(1−f), dg ∘ (1−g²), do ∘ o(1−o))        dc_carry = dc ∘ f\n//\n//   gates, wh, c, dout, dh_carry, dc_carry, mask, keep: as in lstm_sequence_backward.wgsl\n//\n// As in lstm_sequence_direct.wgsl, loads are what costs: a thread has eight neighbouring units and eight sequences.\n// hidden is a multiple of 4, positions count vectors, and the sums run in the order of lstm_sequence_backward.wgsl.\n//\n// Dispatch: one workgroup of 8 threads per eight sequences; each thread takes every 8th eight units.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/lstm_sequence_backward.ts.\n// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32, hidden: u32, steps: u32,\n  reverse: u32,    // the forward pass ran from the last time step to the first\n  has_carry: u32,  // 0: the last state has no gradient, and the carries are not read at first\n  has_state: u32,  // 0: the forward pass began at a zero state, whose slot is not read\n  has_dout: u32, has_mask: u32,\n  dout_offset: u32, dout_batch: u32, dout_time: u32, dout_unit: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<vec4<f32>>;\n@group(0) @binding(2) var<storage, read> wh: array<vec4<f32>>;\n@group(0) @binding(3) var<storage, read> c: array<vec4<f32>>;\n@group(0) @binding(4) var<storage, read> dout: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read_write> dh_carry: array<vec4<f32>>;\n@group(0) @binding(6) var<storage, read_write> dc_carry: array<vec4<f32>>;\n@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(8) var<storage, read> keep: array<vec4<f32>>;  // optional\n\nfn safe_tanh(v: vec4<f32>) -> vec4<f32> {\n  return tanh(clamp(v, vec4<f32>(-15.0), vec4<f32>(15.0)));\n}\n\n// Adds four rows of Wh of four units, each times its dpre of four sequences: a vector per sequence.\nfn plus(sums: mat4x4<f32>, w: mat4x4<f32>, d: mat4x4<f32>) -> mat4x4<f32> {\n  var s = sums;\n  for (var k = 0; k < 4; k++) { s += mat4x4<f32>(w[k] * d[k].x, w[k] * d[k].y, w[k] * d[k].z, w[k] * d[k].w); }\n  return s;\n}\n\n// The share of one gate, times what recurrent dropout made of h of four units and four sequences on its way there.\nfn kept(v: mat4x4<f32>, gate: u32, rows: vec4<u32>, j: u32) -> mat4x4<f32> {\n  if (!recurrent_dropout) { return v; }\n  let i = (gate * params.batch + rows) * (params.hidden / 4u) + j;\n  return mat4x4<f32>(v[0] * keep[i.x], v[1] * keep[i.y], v[2] * keep[i.z], v[3] * keep[i.w]);\n}\n\nfn w_block(i: u32, H: u32) -> mat4x4<f32> {\n  return mat4x4<f32>(wh[i], wh[i + H], wh[i + 2u * H], wh[i + 3u * H]);\n}\n\nfn d_block(at: vec4<u32>, k: u32) -> mat4x4<f32> {\n  return transpose(mat4x4<f32>(gates[at.x + k], gates[at.y + k], gates[at.z + k], gates[at.w + k]));\n}\n\nfn add(b: u32, j: u32, from_next: mat4x4<f32>) {\n  let H = params.hidden / 4u;\n  var sums = from_next;\n  for (var n = 0u; n < 4u; n++) { if (b + n < params.batch && j < H) { dh_carry[(b + n) * H + j] += sums[n]; } }\n}\n\nfn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_carry: bool, has_state: bool) {\n  let H = params.hidden / 4u;\n  let at = (time * params.batch + b) * 4u * H + j;\n  let carry = b * H + j;\n  var dh = vec4<f32>();\n  var dc = vec4<f32>();\n  if (has_carry) { dh = dh_carry[carry]; dc = dc_carry[carry]; }\n  if (params.has_dout == 1u) {\n    let u = params.dout_unit;\n    let d = params.dout_offset + b * params.dout_batch + time * params.dout_time + 4u * j * u;\n    dh += vec4<f32>(dout[d], dout[d + u], dout[d + 2u * u], dout[d + 3u * u]);\n  }\n  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {\n    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = vec4<f32>(); }\n    dh_carry[carry] = dh;\n    dc_carry[carry] = dc;\n    return;\n  }\n  let i = gates[at]; let f = gates[at + H];\n  let g = gates[at + 2u * H]; let o = gates[at + 3u * H];\n  let tanh_c = safe_tanh(c[(after * params.batch + b) * H + j]);\n  var c_prev = vec4<f32>();\n  if (has_state) { c_prev = c[(before * params.batch + b) * H + j]; }\n  dc += dh * o * (1.0 - tanh_c * tanh_c);\n  gates[at] = dc * g * i * (1.0 - i);\n  gates[at + H] = dc * c_prev * f * (1.0 - f);\n  gates[at + 2u * H] = dc * i * (1.0 - g * g);\n  gates[at + 3u * H] = dh * tanh_c * o * (1.0 - o);\n  dh_carry[carry] = vec4<f32>();\n  dc_carry[carry] = dc * f;\n}\n\n@compute @workgroup_size(8, 1, 1)\nfn lstm_sequence_backward_direct(@builtin(local_invocation_index) thread: u32,\n                                 @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden / 4u;\n  let b = group.x * 8u;\n  let rows_0 = min(b + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.batch - 1u));\n  let rows_1 = min(b + vec4<u32>(4u, 5u, 6u, 7u), vec4<u32>(params.batch - 1u));\n  for (var m = params.steps; m > 0u; m--) {\n    let n = m - 1u;  // the forward pass did this step as its n-th\n    let time = select(n, params.steps - 1u - n, params.reverse == 1u);\n    let next_time = select(n + 1u, params.steps - 2u - n, params.reverse == 1u);\n    let before = select(n, params.steps - n, params.reverse == 1u);\n    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);\n    let has_next = n + 1u < params.steps;\n    let has_carry = has_next || params.has_carry == 1u;\n    let has_state = n > 0u || params.has_state == 1u;\n    for (var j = 2u * thread; j < H; j += 16u) {\n      // Whᵀ·dpre_next, gate by gate, since each has its own dropout mask: of the units from 4j on (left) and from\n      // 4j + 4 on (right), of the first four sequences and the last four.\n      var left_0 = mat4x4<f32>(); var right_0 = mat4x4<f32>(); var left_1 = mat4x4<f32>(); var right_1 = mat4x4<f32>();\n      for (var gate = 0u; gate < select(0u, 4u, has_next); gate++) {\n        let at_0 = ((next_time * params.batch + rows_0) * 4u + gate) * H;\n        let at_1 = ((next_time * params.batch + rows_1) * 4u + gate) * H;\n        var l_0 = mat4x4<f32>(); var l_1 = mat4x4<f32>(); var r_0 = mat4x4<f32>(); var r_1 = mat4x4<f32>();\n        for (var k = 0u; k < H; k++) {\n          let i = 4u * (gate * H + k) * H + j;\n          let d_0 = d_block(at_0, k); let d_1 = d_block(at_1, k);\n          l_0 = plus(l_0, w_block(i, H), d_0); r_0 = plus(r_0, w_block(i + 1u, H), d_0);\n          l_1 = plus(l_1, w_block(i, H), d_1); r_1 = plus(r_1, w_block(i + 1u, H), d_1);\n        }\n        left_0 += kept(l_0, gate, rows_0, j); right_0 += kept(r_0, gate, rows_0, j + 1u);\n        left_1 += kept(l_1, gate, rows_1, j); right_1 += kept(r_1, gate, rows_1, j + 1u);\n      }\n      if (has_next) {\n        add(b, j, left_0); add(b, j + 1u, right_0); add(b + 4u, j, left_1); add(b + 4u, j + 1u, right_1);\n      }\n      for (var u = j; u < min(j + 2u, H); u++) {\n        for (var r = b; r < min(b + 8u, params.batch); r++) { cell(r, u, time, before, after, has_carry, has_state); }\n      }\n    }\n    storageBarrier();\n  }\n}\n",
  },
  lstm_sequence_direct: {
    name: "lstm_sequence_direct",
    workgroup: [16, 1, 1],
    paramsSize: 32,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "reverse", offset: 12, type: "u32", length: 1 },
      { name: "has_state", offset: 16, type: "u32", length: 1 },
      { name: "has_mask", offset: 20, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "gates", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "h", access: "read_write", type: "f32", optional: false },
      { name: "c", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "recurrent_dropout", type: "bool" }],
    source: "// lstm_sequence_direct: lstm_sequence with vector loads, for adapters that run on the processor.\n//\n//   for every time step, in order:\n//     i, f, o = σ(pre + Wh·h_prev)     g = tanh(pre + Wh·h_prev)\n//     c = f ∘ c_prev + i ∘ g           h = o ∘ tanh(c)\n//\n//   gates, wh, h, c, mask, keep: as in lstm_sequence.wgsl\n//\n// A load costs such an adapter far more than a multiplication. A thread has four neighbouring units and adds\n// Wh·h_prev to two gates at a time, for eight sequences: 64 sums, so that each weight is loaded for eight of them and\n// each h for eight, four numbers at a time: hidden is a multiple of 4, and positions count vectors. The sums run\n// in the order of lstm_sequence.wgsl, so the numbers are the same to the last bit.\n//\n// Dispatch: one workgroup of 16 threads per eight sequences; each thread takes every 16th four units.\n// Gradient: lstm_sequence_backward_direct.wgsl.   CPU twin: src/backend/cpu/lstm_sequence.ts.\n// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.\n\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  reverse: u32,\n  has_state: u32,  // 0: the state before the first step is zero, and its slot is not read\n  has_mask: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> gates: array<vec4<f32>>;\n@group(0) @binding(2) var<storage, read> wh: array<vec4<f32>>;\n@group(0) @binding(3) var<storage, read_write> h: array<vec4<f32>>;\n@group(0) @binding(4) var<storage, read_write> c: array<vec4<f32>>;\n@group(0) @binding(5) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(6) var<storage, read> keep: array<vec4<f32>>;  // optional\n\n// clamp loses NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.\nfn is_nan(v: vec4<f32>) -> vec4<bool> {\n  return (bitcast<vec4<u32>>(v) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);\n}\n\nfn sigmoid(v: vec4<f32>) -> vec4<f32> {\n  return select(1.0 / (1.0 + exp(-clamp(v, vec4<f32>(-87.0), vec4<f32>(87.0)))), v, is_nan(v));\n}\n\n// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.\nfn safe_tanh(v: vec4<f32>) -> vec4<f32> {\n  return select(tanh(clamp(v, vec4<f32>(-15.0), vec4<f32>(15.0))), v, is_nan(v));\n}\n\n// Columns 4k to 4k + 3 of Wh, of four units from 4j on of a gate: a column to a vector.\nfn w_block(gate: u32, j: u32, k: u32) -> mat4x4<f32> {\n  let H = params.hidden / 4u;\n  let i = (gate * H + j) * 4u * H + k;\n  return transpose(mat4x4<f32>(wh[i], wh[i + H], wh[i + 2u * H], wh[i + 3u * H]));\n}\n\n// What a gate sees of h_prev of four sequences, units 4k to 4k + 3: a unit to a vector.\nfn kept(v: mat4x4<f32>, gate: u32, rows: vec4<u32>, k: u32) -> mat4x4<f32> {\n  if (!recurrent_dropout) { return transpose(v); }\n  let i = (gate * params.batch + rows) * (params.hidden / 4u) + k;\n  return transpose(mat4x4<f32>(v[0] * keep[i.x], v[1] * keep[i.y], v[2] * keep[i.z], v[3] * keep[i.w]));\n}\n\n// Adds four columns of four units' weights, each times its unit of four sequences' h: a vector per sequence.\nfn plus(sums: mat4x4<f32>, w: mat4x4<f32>, h4: mat4x4<f32>) -> mat4x4<f32> {\n  var s = sums;\n  for (var k = 0; k < 4; k++) { s += mat4x4<f32>(w[k] * h4[k].x, w[k] * h4[k].y, w[k] * h4[k].z, w[k] * h4[k].w); }\n  return s;\n}\n\nfn add(time: u32, b: u32, column: u32, wh_h: mat4x4<f32>) {\n  var sums = wh_h;\n  for (var n = 0u; n < 4u; n++) {\n    if (b + n < params.batch) { gates[(time * params.batch + b + n) * params.hidden + column] += sums[n]; }\n  }\n}\n\nfn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool) {\n  let H = params.hidden / 4u;\n  let prev = (before * params.batch + b) * H + j;\n  let next = (after * params.batch + b) * H + j;\n  let at = (time * params.batch + b) * 4u * H + j;\n  var c_prev = vec4<f32>();\n  if (has_state) { c_prev = c[prev]; }\n  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {\n    var h_prev = vec4<f32>();\n    if (has_state) { h_prev = h[prev]; }\n    h[next] = h_prev;\n    c[next] = c_prev;\n    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = vec4<f32>(); }\n    return;\n  }\n  let i = sigmoid(gates[at]);\n  let f = sigmoid(gates[at + H]);\n  let g = safe_tanh(gates[at + 2u * H]);\n  let o = sigmoid(gates[at + 3u * H]);\n  let c_new = f * c_prev + i * g;\n  c[next] = c_new;\n  h[next] = o * safe_tanh(c_new);\n  gates[at] = i;\n  gates[at + H] = f;\n  gates[at + 2u * H] = g;\n  gates[at + 3u * H] = o;\n}\n\n@compute @workgroup_size(16, 1, 1)\nfn lstm_sequence_direct(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden / 4u;\n  let b = group.x * 8u;\n  // Rows past the batch read the last sequence; their sums are not stored.\n  let rows_0 = min(b + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.batch - 1u));\n  let rows_1 = min(b + vec4<u32>(4u, 5u, 6u, 7u), vec4<u32>(params.batch - 1u));\n  for (var n = 0u; n < params.steps; n++) {\n    let time = select(n, params.steps - 1u - n, params.reverse == 1u);\n    let before = select(n, params.steps - n, params.reverse == 1u);\n    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);\n    let has_state = n > 0u || params.has_state == 1u;\n    let at_0 = (before * params.batch + rows_0) * H;\n    let at_1 = (before * params.batch + rows_1) * H;\n    for (var j = thread; j < H; j += 16u) {\n      for (var gate = 0u; gate < select(0u, 4u, has_state); gate += 2u) {  // i and f, then g and o\n        var a_0 = mat4x4<f32>(); var a_1 = mat4x4<f32>();  // Wh·h_prev of the four units, a vector per sequence\n        var b_0 = mat4x4<f32>(); var b_1 = mat4x4<f32>();  // likewise, of the next gate\n        for (var k = 0u; k < H; k++) {\n          let h_0 = mat4x4<f32>(h[at_0.x + k], h[at_0.y + k], h[at_0.z + k], h[at_0.w + k]);\n          let h_1 = mat4x4<f32>(h[at_1.x + k], h[at_1.y + k], h[at_1.z + k], h[at_1.w + k]);\n          let w_a = w_block(gate, j, k); let w_b = w_block(gate + 1u, j, k);\n          a_0 = plus(a_0, w_a, kept(h_0, gate, rows_0, k)); b_0 = plus(b_0, w_b, kept(h_0, gate + 1u, rows_0, k));\n          a_1 = plus(a_1, w_a, kept(h_1, gate, rows_1, k)); b_1 = plus(b_1, w_b, kept(h_1, gate + 1u, rows_1, k));\n        }\n        add(time, b, gate * H + j, a_0); add(time, b, (gate + 1u) * H + j, b_0);\n        add(time, b + 4u, gate * H + j, a_1); add(time, b + 4u, (gate + 1u) * H + j, b_1);\n      }\n      for (var row = b; row < min(b + 8u, params.batch); row++) { cell(row, j, time, before, after, has_state); }\n    }\n    storageBarrier();\n  }\n}\n",
  },
  matmul: {
    name: "matmul",
    workgroup: [8, 8, 1],
    paramsSize: 80,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "batch_inner", offset: 4, type: "u32", length: 1 },
      { name: "rows", offset: 8, type: "u32", length: 1 },
      { name: "inner", offset: 12, type: "u32", length: 1 },
      { name: "columns", offset: 16, type: "u32", length: 1 },
      { name: "accumulate", offset: 20, type: "u32", length: 1 },
      { name: "has_bias", offset: 24, type: "u32", length: 1 },
      { name: "keep_pre", offset: 28, type: "u32", length: 1 },
      { name: "a_offset", offset: 32, type: "u32", length: 1 },
      { name: "a_row", offset: 36, type: "u32", length: 1 },
      { name: "a_column", offset: 40, type: "u32", length: 1 },
      { name: "a_batch", offset: 44, type: "u32", length: 1 },
      { name: "a_batch_inner", offset: 48, type: "u32", length: 1 },
      { name: "b_offset", offset: 52, type: "u32", length: 1 },
      { name: "b_row", offset: 56, type: "u32", length: 1 },
      { name: "b_column", offset: 60, type: "u32", length: 1 },
      { name: "b_batch", offset: 64, type: "u32", length: 1 },
      { name: "b_batch_inner", offset: 68, type: "u32", length: 1 },
      { name: "bias_offset", offset: 72, type: "u32", length: 1 },
      { name: "out_offset", offset: 76, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "a", access: "read", type: "f32", optional: false },
      { name: "b", access: "read", type: "f32", optional: false },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "pre", access: "read_write", type: "f32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "a_by_column", type: "bool" }, { name: "b_by_column", type: "bool" }, { name: "activation", type: "u32" }],
    source: "// matmul: products of matrices, many at a time.\n//\n//   out[n] = act(A[n] · B[n] + bias)\n//\n//   a     [batch, rows, inner]     every axis with its own stride: transposed and sliced operands need no copy\n//   b     [batch, inner, columns]  likewise\n//   bias  [columns]                optional\n//   pre   [batch, rows, columns]   optional: the values that go into act, which the gradient of gelu reads\n//   out   [batch, rows, columns]   contiguous, from out_offset on; added to when accumulate is 1\n//\n// act is nothing, relu, gelu or gelu's tanh approximation.\n//\n// The batch axis is read as two, n = outer · batch_inner + inner, each with a stride (0 repeats an operand), so\n// that [batch, heads] need not be neighbours in memory.\n//\n// A workgroup of 8×8 threads makes a 32×32 tile of the output, 4×4 elements a thread. It walks along the inner\n// axis 16 at a time: all threads load a strip of A and a strip of B into workgroup memory, then multiply there.\n//\n// Dispatch: ceil(columns / 32) · ceil(rows / 32) · batch workgroups.\n// Gradient: dA = dOut · Bᵀ and dB = Aᵀ · dOut, this kernel with strides exchanged (src/ops/matmul.ts).\n// CPU twin: src/backend/cpu/matmul.ts.   For software adapters: matmul_direct.wgsl, same interface.\n// Layer: src/nn/linear.ts.   Example: examples/moliere_lstm.ts.\n\n// Which axis of each operand has neighbours in memory decides only the order in which threads load it.\noverride a_by_column: bool = false;\noverride b_by_column: bool = false;\noverride activation: u32 = 0u;\n\nstruct Params {\n  batch: u32, batch_inner: u32, rows: u32, inner: u32, columns: u32, accumulate: u32, has_bias: u32, keep_pre: u32,\n  a_offset: u32, a_row: u32, a_column: u32, a_batch: u32, a_batch_inner: u32,\n  b_offset: u32, b_row: u32, b_column: u32, b_batch: u32, b_batch_inner: u32, bias_offset: u32, out_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<f32>;\n@group(0) @binding(2) var<storage, read> b: array<f32>;\n@group(0) @binding(3) var<storage, read> bias: array<f32>;  // optional\n@group(0) @binding(4) var<storage, read_write> pre: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read_write> out: array<f32>;\n\nconst TILE = 32u;\nconst STRIP = 16u;\n\nvar<workgroup> a_strip: array<f32, 512>;  // [STRIP, TILE], k first: a thread's 4 rows are neighbours\nvar<workgroup> b_strip: array<f32, 512>;  // [STRIP, TILE]\n\nfn load_a(base: u32, row: u32, k: u32) -> f32 {\n  if (row >= params.rows || k >= params.inner) { return 0.0; }\n  return a[base + row * params.a_row + k * params.a_column];\n}\n\nfn load_b(base: u32, k: u32, column: u32) -> f32 {\n  if (k >= params.inner || column >= params.columns) { return 0.0; }\n  return b[base + k * params.b_row + column * params.b_column];\n}\n\n// erf as in unary.wgsl; 1 + tanh(u) is 2 / (1 + exp(−2u)), which no driver gets wrong.\nfn act(v: f32) -> f32 {\n  if ((bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u) { return v; }  // NaN, which max would lose\n  if (activation == 1u) { return max(v, 0.0); }\n  if (activation == 3u) { return v / (1.0 + exp(-clamp(1.59576912 * (v + 0.044715 * v * v * v), -80.0, 80.0))); }\n  let t = 1.0 / (1.0 + 0.23164189 * abs(v));\n  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));\n  return 0.5 * v * (1.0 + sign(v) * (1.0 - series * exp(-0.5 * v * v)));\n}\n\nfn store(base: u32, row: u32, column: u32, sum: f32) {\n  if (row >= params.rows || column >= params.columns) { return; }\n  var v = sum;\n  if (params.has_bias == 1u) { v += bias[params.bias_offset + column]; }\n  let i = base + row * params.columns + column;\n  if (params.keep_pre == 1u) { pre[i] = v; }\n  if (activation != 0u) { v = act(v); }\n  let at = params.out_offset + i;\n  if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }\n}\n\nfn store_row(base: u32, row: u32, column: u32, sums: vec4<f32>) {\n  store(base, row, column, sums.x);\n  store(base, row, column + 1u, sums.y);\n  store(base, row, column + 2u, sums.z);\n  store(base, row, column + 3u, sums.w);\n}\n\n@compute @workgroup_size(8, 8, 1)\nfn matmul(@builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) thread: u32,\n          @builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  // Tiles in reading order; more than 65,535 of them fold into y.\n  let tile = group.x + group.y * groups.x;\n  let across = (params.columns + TILE - 1u) / TILE;\n  let down = (params.rows + TILE - 1u) / TILE;\n  let n = tile / (across * down);\n  let row0 = (tile / across) % down * TILE;\n  let column0 = tile % across * TILE;\n  let outer = n / params.batch_inner;\n  let inner = n % params.batch_inner;\n  let a_base = params.a_offset + outer * params.a_batch + inner * params.a_batch_inner;\n  let b_base = params.b_offset + outer * params.b_batch + inner * params.b_batch_inner;\n\n  var row_0 = vec4<f32>();\n  var row_1 = vec4<f32>();\n  var row_2 = vec4<f32>();\n  var row_3 = vec4<f32>();\n\n  for (var k0 = 0u; k0 < params.inner; k0 += STRIP) {\n    for (var i = thread; i < 512u; i += 64u) {\n      let a_k = select(i % STRIP, i / TILE, a_by_column);\n      let a_r = select(i / STRIP, i % TILE, a_by_column);\n      a_strip[a_k * TILE + a_r] = load_a(a_base, row0 + a_r, k0 + a_k);\n      let b_k = select(i / TILE, i % STRIP, b_by_column);\n      let b_c = select(i % TILE, i / STRIP, b_by_column);\n      b_strip[b_k * TILE + b_c] = load_b(b_base, k0 + b_k, column0 + b_c);\n    }\n    workgroupBarrier();\n    for (var k = 0u; k < STRIP; k++) {\n      let r = k * TILE + local.y * 4u;\n      let c = k * TILE + local.x * 4u;\n      let b4 = vec4<f32>(b_strip[c], b_strip[c + 1u], b_strip[c + 2u], b_strip[c + 3u]);\n      row_0 += a_strip[r] * b4;\n      row_1 += a_strip[r + 1u] * b4;\n      row_2 += a_strip[r + 2u] * b4;\n      row_3 += a_strip[r + 3u] * b4;\n    }\n    workgroupBarrier();\n  }\n\n  if (n >= params.batch) { return; }\n  let out_base = n * params.rows * params.columns;\n  let row = row0 + local.y * 4u;\n  let column = column0 + local.x * 4u;\n  store_row(out_base, row, column, row_0);\n  store_row(out_base, row + 1u, column, row_1);\n  store_row(out_base, row + 2u, column, row_2);\n  store_row(out_base, row + 3u, column, row_3);\n}\n",
  },
  matmul_direct: {
    name: "matmul_direct",
    workgroup: [8, 8, 1],
    paramsSize: 80,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "batch_inner", offset: 4, type: "u32", length: 1 },
      { name: "rows", offset: 8, type: "u32", length: 1 },
      { name: "inner", offset: 12, type: "u32", length: 1 },
      { name: "columns", offset: 16, type: "u32", length: 1 },
      { name: "accumulate", offset: 20, type: "u32", length: 1 },
      { name: "has_bias", offset: 24, type: "u32", length: 1 },
      { name: "keep_pre", offset: 28, type: "u32", length: 1 },
      { name: "a_offset", offset: 32, type: "u32", length: 1 },
      { name: "a_row", offset: 36, type: "u32", length: 1 },
      { name: "a_column", offset: 40, type: "u32", length: 1 },
      { name: "a_batch", offset: 44, type: "u32", length: 1 },
      { name: "a_batch_inner", offset: 48, type: "u32", length: 1 },
      { name: "b_offset", offset: 52, type: "u32", length: 1 },
      { name: "b_row", offset: 56, type: "u32", length: 1 },
      { name: "b_column", offset: 60, type: "u32", length: 1 },
      { name: "b_batch", offset: 64, type: "u32", length: 1 },
      { name: "b_batch_inner", offset: 68, type: "u32", length: 1 },
      { name: "bias_offset", offset: 72, type: "u32", length: 1 },
      { name: "out_offset", offset: 76, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "a", access: "read", type: "f32", optional: false },
      { name: "b", access: "read", type: "f32", optional: false },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "pre", access: "read_write", type: "f32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "a_vectors", type: "u32" }, { name: "b_vectors", type: "u32" }, { name: "activation", type: "u32" }],
    source: "// matmul_direct: matmul without workgroup memory, for adapters that run on the processor.\n//\n//   out[n] = act(A[n] · B[n] + bias)\n//\n//   a [batch, rows, inner], b [batch, inner, columns]    every axis with its own stride\n//   bias [columns], pre and out [batch, rows, columns]   as in matmul.wgsl\n//\n// On a software adapter a barrier costs more than what workgroup memory saves: each thread keeps an 8×8 piece of\n// the output in registers, as four blocks of 4×4, and walks along the inner axis 4 at a time, straight from the\n// buffers (the caches do the sharing). Blocks of A and B are WGSL matrices, and their product is an operator.\n// Rows and columns past an edge are read wherever that leads; their sums are never stored.\n//\n// Dispatch: one thread per 8×8 elements; ceil(columns / 64) · ceil(rows / 64) · batch workgroups of 8×8 threads.\n// Gradient: as matmul.wgsl.   CPU twin: src/backend/cpu/matmul.ts.\n\n// Four neighbours that start on a multiple of 4 are one load: 1 = along the rows, 2 = along the columns, 0 = none.\noverride a_vectors: u32 = 0u;\noverride b_vectors: u32 = 0u;\noverride activation: u32 = 0u;\n\nstruct Params {\n  batch: u32, batch_inner: u32, rows: u32, inner: u32, columns: u32, accumulate: u32, has_bias: u32, keep_pre: u32,\n  a_offset: u32, a_row: u32, a_column: u32, a_batch: u32, a_batch_inner: u32,\n  b_offset: u32, b_row: u32, b_column: u32, b_batch: u32, b_batch_inner: u32, bias_offset: u32, out_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;\n@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;\n@group(0) @binding(3) var<storage, read> bias: array<f32>;  // optional\n@group(0) @binding(4) var<storage, read_write> pre: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read_write> out: array<f32>;\n\nconst TILE = 64u;\nconst STEPS = vec4<u32>(0u, 1u, 2u, 3u);\n\n// Four elements that lie `step` apart, one by one.\nfn a_four(at: u32, step: u32) -> vec4<f32> {\n  let i = at + STEPS * step;\n  return vec4<f32>(a[i.x / 4u][i.x % 4u], a[i.y / 4u][i.y % 4u], a[i.z / 4u][i.z % 4u], a[i.w / 4u][i.w % 4u]);\n}\nfn b_four(at: u32, step: u32) -> vec4<f32> {\n  let i = at + STEPS * step;\n  return vec4<f32>(b[i.x / 4u][i.x % 4u], b[i.y / 4u][i.y % 4u], b[i.z / 4u][i.z % 4u], b[i.w / 4u][i.w % 4u]);\n}\n\n// Blocks A[row .. row + 3, k .. k + 3] and B[k .. k + 3, column .. column + 3], a row to a vector; `at` is where\n// the first element lies.\nfn a_block(at: u32) -> mat4x4<f32> {\n  let s = params.a_column;\n  let r = at + STEPS * params.a_row;\n  let c = (at + STEPS * s) / 4u;\n  switch a_vectors {\n    case 1u: { return mat4x4<f32>(a[r.x / 4u], a[r.y / 4u], a[r.z / 4u], a[r.w / 4u]); }\n    case 2u: { return transpose(mat4x4<f32>(a[c.x], a[c.y], a[c.z], a[c.w])); }\n    default: { return mat4x4<f32>(a_four(r.x, s), a_four(r.y, s), a_four(r.z, s), a_four(r.w, s)); }\n  }\n}\nfn b_block(at: u32) -> mat4x4<f32> {\n  let s = params.b_column;\n  let r = at + STEPS * params.b_row;\n  let c = (at + STEPS * s) / 4u;\n  switch b_vectors {\n    case 1u: { return mat4x4<f32>(b[r.x / 4u], b[r.y / 4u], b[r.z / 4u], b[r.w / 4u]); }\n    case 2u: { return transpose(mat4x4<f32>(b[c.x], b[c.y], b[c.z], b[c.w])); }\n    default: { return mat4x4<f32>(b_four(r.x, s), b_four(r.y, s), b_four(r.z, s), b_four(r.w, s)); }\n  }\n}\n\n// Each element of one times each of the other; row r of the result is a[r] · b.\nfn outer_product(b4: vec4<f32>, a4: vec4<f32>) -> mat4x4<f32> {\n  return mat4x4<f32>(a4.x * b4, a4.y * b4, a4.z * b4, a4.w * b4);\n}\n\nfn act(v: f32) -> f32 {\n  if ((bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u) { return v; }  // NaN, which max would lose\n  if (activation == 1u) { return max(v, 0.0); }\n  if (activation == 3u) { return v / (1.0 + exp(-clamp(1.59576912 * (v + 0.044715 * v * v * v), -80.0, 80.0))); }\n  let t = 1.0 / (1.0 + 0.23164189 * abs(v));\n  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));\n  return 0.5 * v * (1.0 + sign(v) * (1.0 - series * exp(-0.5 * v * v)));\n}\n\nfn store(n: u32, row: u32, column: u32, square: mat4x4<f32>) {\n  var sums = square;\n  let end = min(vec2<u32>(row, column) + 4u, vec2<u32>(params.rows, params.columns));\n  for (var r = row; r < end.x; r++) {\n    for (var c = column; c < end.y; c++) {\n      var v = sums[r - row][c - column];\n      if (params.has_bias == 1u) { v += bias[params.bias_offset + c]; }\n      let i = (n * params.rows + r) * params.columns + c;\n      if (params.keep_pre == 1u) { pre[i] = v; }\n      if (activation != 0u) { v = act(v); }\n      let at = params.out_offset + i;\n      if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }\n    }\n  }\n}\n\n@compute @workgroup_size(8, 8, 1)\nfn matmul_direct(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>,\n                 @builtin(num_workgroups) groups: vec3<u32>) {\n  // Tiles of 64×64 in reading order; more than 65,535 of them fold into y.\n  let tile = group.x + group.y * groups.x;\n  let across = (params.columns + TILE - 1u) / TILE;\n  let down = (params.rows + TILE - 1u) / TILE;\n  let n = tile / (across * down);\n  let row = (tile / across) % down * TILE + local.y * 8u;\n  let column = tile % across * TILE + local.x * 8u;\n  if (n >= params.batch || row >= params.rows || column >= params.columns) { return; }\n  let outer = n / params.batch_inner;\n  let inner = n % params.batch_inner;\n  var at_a = params.a_offset + outer * params.a_batch + inner * params.a_batch_inner + row * params.a_row;\n  var at_b = params.b_offset + outer * params.b_batch + inner * params.b_batch_inner + column * params.b_column;\n\n  // Rows 0 to 3, columns 0 to 3; sums_01 is to the right of it, sums_10 below.\n  var sums_00 = mat4x4<f32>(); var sums_01 = mat4x4<f32>();\n  var sums_10 = mat4x4<f32>(); var sums_11 = mat4x4<f32>();\n  var k = 0u;\n  for (; k + 4u <= params.inner; k += 4u) {\n    let a_0 = a_block(at_a);\n    let a_1 = a_block(at_a + 4u * params.a_row);\n    let b_0 = b_block(at_b);\n    let b_1 = b_block(at_b + 4u * params.b_column);\n    // A WGSL matrix is a list of columns; ours are lists of rows, so the factors change places.\n    sums_00 += b_0 * a_0; sums_01 += b_1 * a_0;\n    sums_10 += b_0 * a_1; sums_11 += b_1 * a_1;\n    at_a += 4u * params.a_column;\n    at_b += 4u * params.b_row;\n  }\n  for (; k < params.inner; k++) {  // what is left of the inner axis\n    let a_0 = a_four(at_a, params.a_row);\n    let a_1 = a_four(at_a + 4u * params.a_row, params.a_row);\n    let b_0 = b_four(at_b, params.b_column);\n    let b_1 = b_four(at_b + 4u * params.b_column, params.b_column);\n    sums_00 += outer_product(b_0, a_0); sums_01 += outer_product(b_1, a_0);\n    sums_10 += outer_product(b_0, a_1); sums_11 += outer_product(b_1, a_1);\n    at_a += params.a_column;\n    at_b += params.b_row;\n  }\n  store(n, row, column, sums_00);\n  store(n, row, column + 4u, sums_01);\n  store(n, row + 4u, column, sums_10);\n  store(n, row + 4u, column + 4u, sums_11);\n}\n",
  },
  matmul_int8: {
    name: "matmul_int8",
    workgroup: [8, 8, 1],
    paramsSize: 16,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "words", offset: 4, type: "u32", length: 1 },
      { name: "columns", offset: 8, type: "u32", length: 1 },
      { name: "has_bias", offset: 12, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "i32", optional: false },
      { name: "x_scale", access: "read", type: "f32", optional: false },
      { name: "w", access: "read", type: "i32", optional: false },
      { name: "w_scale", access: "read", type: "f32", optional: false },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// matmul_int8: products of int8 rows, summed as whole numbers and then scaled back.\n//\n//   out[r, c] = x_scale[r] w_scale[c] Σ_k x[r, k] w[c, k] + bias[c]\n//\n//   x        [rows, words]     words of four int8, the first in the lowest byte (quantize_rows.wgsl)\n//   x_scale  [rows]\n//   w        [columns, words]  likewise: a weight in PyTorch's layout, [out, in]\n//   w_scale  [columns]\n//   bias     [columns]         optional\n//   out      [rows, columns]   contiguous\n//\n// The sum is exact: at most 131,071 terms of at most 128 · 128 stay below 2^31.\n// Each thread keeps 4×4 sums in registers and unpacks four words of x and four of w at a time. Rows and columns past an\n// edge are read wherever that leads; their sums are never stored.\n//\n// Dispatch: ceil(columns / 32) · ceil(rows / 32) workgroups of 8×8 threads, a thread per 4×4 elements.\n// Gradient: none (inference only).   CPU twin: src/backend/cpu/matmul_int8.ts.   Layer: src/nn/quantized_linear.ts.\n// Source: Jacob et al. 2018 (integer-only inference), symmetric, so without zero points.\n\nstruct Params {\n  rows: u32,\n  words: u32,\n  columns: u32,\n  has_bias: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<i32>;\n@group(0) @binding(2) var<storage, read> x_scale: array<f32>;\n@group(0) @binding(3) var<storage, read> w: array<i32>;\n@group(0) @binding(4) var<storage, read> w_scale: array<f32>;\n@group(0) @binding(5) var<storage, read> bias: array<f32>;  // optional\n@group(0) @binding(6) var<storage, read_write> out: array<f32>;\n\nconst TILE = 32u;\n\n// Four int8 as i32: each byte is moved to the top, and comes back down with its sign.\nfn unpack(word: i32) -> vec4<i32> {\n  return (vec4<i32>(word) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u);\n}\n\n// One row times each of four rows.\nfn products(a: vec4<i32>, b_0: vec4<i32>, b_1: vec4<i32>, b_2: vec4<i32>, b_3: vec4<i32>) -> vec4<i32> {\n  return vec4<i32>(dot(a, b_0), dot(a, b_1), dot(a, b_2), dot(a, b_3));\n}\n\nfn store(row: u32, column: u32, sums: vec4<i32>) {\n  if (row >= params.rows) { return; }\n  for (var i = 0u; i < 4u && column + i < params.columns; i++) {\n    let c = column + i;\n    var v = f32(sums[i]) * (x_scale[row] * w_scale[c]);\n    if (params.has_bias == 1u) { v += bias[c]; }\n    out[row * params.columns + c] = v;\n  }\n}\n\n@compute @workgroup_size(8, 8, 1)\nfn matmul_int8(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>,\n               @builtin(num_workgroups) groups: vec3<u32>) {\n  // Tiles of 32×32 in reading order; more than 65,535 of them fold into y.\n  let tile = group.x + group.y * groups.x;\n  let across = (params.columns + TILE - 1u) / TILE;\n  let row = tile / across * TILE + local.y * 4u;\n  let column = tile % across * TILE + local.x * 4u;\n  if (row >= params.rows || column >= params.columns) { return; }\n\n  let step = params.words;\n  var at_x = row * step;\n  var at_w = column * step;\n  var sums_0 = vec4<i32>();  // row 0 of the four, columns 0 to 3\n  var sums_1 = vec4<i32>();\n  var sums_2 = vec4<i32>();\n  var sums_3 = vec4<i32>();\n  for (var k = 0u; k < step; k++) {\n    let w_0 = unpack(w[at_w]);\n    let w_1 = unpack(w[at_w + step]);\n    let w_2 = unpack(w[at_w + 2u * step]);\n    let w_3 = unpack(w[at_w + 3u * step]);\n    sums_0 += products(unpack(x[at_x]), w_0, w_1, w_2, w_3);\n    sums_1 += products(unpack(x[at_x + step]), w_0, w_1, w_2, w_3);\n    sums_2 += products(unpack(x[at_x + 2u * step]), w_0, w_1, w_2, w_3);\n    sums_3 += products(unpack(x[at_x + 3u * step]), w_0, w_1, w_2, w_3);\n    at_x += 1u;\n    at_w += 1u;\n  }\n  store(row, column, sums_0);\n  store(row + 1u, column, sums_1);\n  store(row + 2u, column, sums_2);\n  store(row + 3u, column, sums_3);\n}\n",
  },
  matmul_masked: {
    name: "matmul_masked",
    workgroup: [8, 8, 1],
    paramsSize: 80,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "rows", offset: 4, type: "u32", length: 1 },
      { name: "inner", offset: 8, type: "u32", length: 1 },
      { name: "columns", offset: 12, type: "u32", length: 1 },
      { name: "accumulate", offset: 16, type: "u32", length: 1 },
      { name: "has_bias", offset: 20, type: "u32", length: 1 },
      { name: "a_offset", offset: 24, type: "u32", length: 1 },
      { name: "a_row", offset: 28, type: "u32", length: 1 },
      { name: "a_column", offset: 32, type: "u32", length: 1 },
      { name: "a_batch", offset: 36, type: "u32", length: 1 },
      { name: "b_offset", offset: 40, type: "u32", length: 1 },
      { name: "b_row", offset: 44, type: "u32", length: 1 },
      { name: "b_column", offset: 48, type: "u32", length: 1 },
      { name: "b_batch", offset: 52, type: "u32", length: 1 },
      { name: "mask_offset", offset: 56, type: "u32", length: 1 },
      { name: "mask_rows", offset: 60, type: "u32", length: 1 },
      { name: "out_offset", offset: 64, type: "u32", length: 1 },
      { name: "out_row", offset: 68, type: "u32", length: 1 },
      { name: "out_batch", offset: 72, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "a", access: "read", type: "f32", optional: false },
      { name: "b", access: "read", type: "f32", optional: false },
      { name: "mask", access: "read", type: "f32", optional: false },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "masked", type: "u32" }, { name: "a_by_column", type: "bool" }, { name: "b_by_column", type: "bool" }],
    source: "// matmul_masked: products of matrices where a dropout mask multiplies one operand, or the result.\n//\n//   out[n] = (A[n] ∘ M[n]) · B[n] + bias[n]     masked 0\n//   out[n] = A[n] · (B[n] ∘ M[n]) + bias[n]     masked 1\n//   out[n] = (A[n] · B[n]) ∘ M[n] + bias[n]     masked 2\n//\n//   a     [batch, rows, inner]       every axis with its own stride\n//   b     [batch, inner, columns]    likewise\n//   mask  [batch, mask_rows, width]  0 where dropped, else 1 / (1 − rate); as wide as what it multiplies\n//   bias  [batch, columns]           optional\n//   out   [batch, rows, columns]     its rows lie in memory as out_batch and out_row say; added to when accumulate is 1\n//\n// Row r of what is masked meets row r % mask_rows of the mask: the rows are [time, sequence], and a sequence keeps\n// one mask at all its steps (Gal & Ghahramani 2016). batch counts the gates, which share an operand and write side\n// by side. This is matmul.wgsl (read that first) with the mask in its loads and stores; no masked copy is made.\n//\n// Dispatch: ceil(columns / 32) · ceil(rows / 32) · batch workgroups.\n// Gradient: of masked 0, with D for dOut: dB is masked 1 of Aᵀ · D, dA is masked 2 of D · Bᵀ, summed over the gates\n// (src/ops/input_projection.ts).   CPU twin: src/backend/cpu/matmul_masked.ts.\n// Layer: src/nn/lstm.ts.   For software adapters: matmul_masked_direct.wgsl.\n\noverride masked: u32 = 0u;\n// Which axis of each operand has neighbours in memory decides only the order in which threads load it.\noverride a_by_column: bool = false;\noverride b_by_column: bool = false;\n\nstruct Params {\n  batch: u32, rows: u32, inner: u32, columns: u32,\n  accumulate: u32, has_bias: u32,\n  a_offset: u32, a_row: u32, a_column: u32, a_batch: u32,\n  b_offset: u32, b_row: u32, b_column: u32, b_batch: u32,\n  mask_offset: u32, mask_rows: u32,\n  out_offset: u32, out_row: u32, out_batch: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<f32>;\n@group(0) @binding(2) var<storage, read> b: array<f32>;\n@group(0) @binding(3) var<storage, read> mask: array<f32>;\n@group(0) @binding(4) var<storage, read> bias: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read_write> out: array<f32>;\n\nconst TILE = 32u;\nconst STRIP = 16u;\n\nvar<workgroup> a_strip: array<f32, 512>;  // [STRIP, TILE], k first: a thread's 4 rows are neighbours\nvar<workgroup> b_strip: array<f32, 512>;  // [STRIP, TILE]\n\nfn mask_at(n: u32, row: u32, column: u32) -> f32 {\n  let width = select(params.columns, params.inner, masked == 0u);\n  return mask[params.mask_offset + (n * params.mask_rows + row % params.mask_rows) * width + column];\n}\n\nfn load_a(n: u32, row: u32, k: u32) -> f32 {\n  if (row >= params.rows || k >= params.inner) { return 0.0; }\n  let v = a[params.a_offset + n * params.a_batch + row * params.a_row + k * params.a_column];\n  if (masked == 0u) { return v * mask_at(n, row, k); }\n  return v;\n}\n\nfn load_b(n: u32, k: u32, column: u32) -> f32 {\n  if (k >= params.inner || column >= params.columns) { return 0.0; }\n  let v = b[params.b_offset + n * params.b_batch + k * params.b_row + column * params.b_column];\n  if (masked == 1u) { return v * mask_at(n, k, column); }\n  return v;\n}\n\nfn store(n: u32, row: u32, column: u32, sum: f32) {\n  if (row >= params.rows || column >= params.columns) { return; }\n  var v = sum;\n  if (masked == 2u) { v *= mask_at(n, row, column); }\n  if (params.has_bias == 1u) { v += bias[n * params.columns + column]; }\n  let at = params.out_offset + n * params.out_batch + row * params.out_row + column;\n  if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }\n}\n\nfn store_row(n: u32, row: u32, column: u32, sums: vec4<f32>) {\n  store(n, row, column, sums.x);\n  store(n, row, column + 1u, sums.y);\n  store(n, row, column + 2u, sums.z);\n  store(n, row, column + 3u, sums.w);\n}\n\n@compute @workgroup_size(8, 8, 1)\nfn matmul_masked(@builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) thread: u32,\n                 @builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  // Tiles in reading order; more than 65,535 of them fold into y.\n  let tile = group.x + group.y * groups.x;\n  let across = (params.columns + TILE - 1u) / TILE;\n  let down = (params.rows + TILE - 1u) / TILE;\n  let n = min(tile / (across * down), params.batch - 1u);\n  let row0 = (tile / across) % down * TILE;\n  let column0 = tile % across * TILE;\n\n  var row_0 = vec4<f32>();\n  var row_1 = vec4<f32>();\n  var row_2 = vec4<f32>();\n  var row_3 = vec4<f32>();\n\n  for (var k0 = 0u; k0 < params.inner; k0 += STRIP) {\n    for (var i = thread; i < 512u; i += 64u) {\n      let a_k = select(i % STRIP, i / TILE, a_by_column);\n      let a_r = select(i / STRIP, i % TILE, a_by_column);\n      a_strip[a_k * TILE + a_r] = load_a(n, row0 + a_r, k0 + a_k);\n      let b_k = select(i / TILE, i % STRIP, b_by_column);\n      let b_c = select(i % TILE, i / STRIP, b_by_column);\n      b_strip[b_k * TILE + b_c] = load_b(n, k0 + b_k, column0 + b_c);\n    }\n    workgroupBarrier();\n    for (var k = 0u; k < STRIP; k++) {\n      let r = k * TILE + local.y * 4u;\n      let c = k * TILE + local.x * 4u;\n      let b4 = vec4<f32>(b_strip[c], b_strip[c + 1u], b_strip[c + 2u], b_strip[c + 3u]);\n      row_0 += a_strip[r] * b4;\n      row_1 += a_strip[r + 1u] * b4;\n      row_2 += a_strip[r + 2u] * b4;\n      row_3 += a_strip[r + 3u] * b4;\n    }\n    workgroupBarrier();\n  }\n\n  if (tile >= across * down * params.batch) { return; }\n  let row = row0 + local.y * 4u;\n  let column = column0 + local.x * 4u;\n  store_row(n, row, column, row_0);\n  store_row(n, row + 1u, column, row_1);\n  store_row(n, row + 2u, column, row_2);\n  store_row(n, row + 3u, column, row_3);\n}\n",
  },
  matmul_masked_direct: {
    name: "matmul_masked_direct",
    workgroup: [8, 8, 1],
    paramsSize: 80,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "rows", offset: 4, type: "u32", length: 1 },
      { name: "inner", offset: 8, type: "u32", length: 1 },
      { name: "columns", offset: 12, type: "u32", length: 1 },
      { name: "accumulate", offset: 16, type: "u32", length: 1 },
      { name: "has_bias", offset: 20, type: "u32", length: 1 },
      { name: "a_offset", offset: 24, type: "u32", length: 1 },
      { name: "a_row", offset: 28, type: "u32", length: 1 },
      { name: "a_column", offset: 32, type: "u32", length: 1 },
      { name: "a_batch", offset: 36, type: "u32", length: 1 },
      { name: "b_offset", offset: 40, type: "u32", length: 1 },
      { name: "b_row", offset: 44, type: "u32", length: 1 },
      { name: "b_column", offset: 48, type: "u32", length: 1 },
      { name: "b_batch", offset: 52, type: "u32", length: 1 },
      { name: "mask_offset", offset: 56, type: "u32", length: 1 },
      { name: "mask_rows", offset: 60, type: "u32", length: 1 },
      { name: "out_offset", offset: 64, type: "u32", length: 1 },
      { name: "out_row", offset: 68, type: "u32", length: 1 },
      { name: "out_batch", offset: 72, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "a", access: "read", type: "f32", optional: false },
      { name: "b", access: "read", type: "f32", optional: false },
      { name: "mask", access: "read", type: "f32", optional: false },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "masked", type: "u32" }, { name: "a_vectors", type: "u32" }, { name: "b_vectors", type: "u32" }],
    source: "// matmul_masked_direct: matmul_masked without workgroup memory, for adapters that run on the processor.\n//\n//   out[n] = (A[n] ∘ M[n]) · B[n] + bias[n]     masked 0\n//   out[n] = A[n] · (B[n] ∘ M[n]) + bias[n]     masked 1\n//   out[n] = (A[n] · B[n]) ∘ M[n] + bias[n]     masked 2\n//\n//   a     [batch, rows, inner]       every axis with its own stride\n//   b     [batch, inner, columns]    likewise\n//   mask  [batch, mask_rows, width]  0 where dropped, else 1 / (1 − rate); as wide as what it multiplies\n//   bias  [batch, columns]           optional\n//   out   [batch, rows, columns]     its rows lie in memory as out_batch and out_row say; added to when accumulate is 1\n//\n// As in matmul_direct.wgsl (read that first), each thread keeps an 8×8 piece of the output in registers, as blocks\n// of 4×4. All sizes, offsets and strides but the number of rows are multiples of 4, so every load brings four\n// numbers. Rows and columns past an edge are read wherever that leads; their sums are never stored.\n//\n// Dispatch: one thread per 8×8 elements; ceil(columns / 64) · ceil(rows / 64) · batch workgroups of 8×8 threads.\n// Gradient: as matmul_masked.wgsl.   CPU twin: src/backend/cpu/matmul_masked.ts.\n\noverride masked: u32 = 0u;\n// Four neighbours lie 1 = along the rows, 2 = along the columns.\noverride a_vectors: u32 = 1u;\noverride b_vectors: u32 = 1u;\n\nstruct Params {\n  batch: u32, rows: u32, inner: u32, columns: u32,\n  accumulate: u32, has_bias: u32,\n  a_offset: u32, a_row: u32, a_column: u32, a_batch: u32,\n  b_offset: u32, b_row: u32, b_column: u32, b_batch: u32,\n  mask_offset: u32, mask_rows: u32,\n  out_offset: u32, out_row: u32, out_batch: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;\n@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;\n@group(0) @binding(3) var<storage, read> mask: array<vec4<f32>>;\n@group(0) @binding(4) var<storage, read> bias: array<vec4<f32>>;  // optional\n@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>;\n\nconst TILE = 64u;\nconst STEPS = vec4<u32>(0u, 1u, 2u, 3u);\n\n// Blocks A[row .. row + 3, k .. k + 3] and B[k .. k + 3, column .. column + 3], a row to a vector; `at` is where\n// the first element lies.\nfn a_block(at: u32) -> mat4x4<f32> {\n  if (a_vectors == 1u) {\n    let r = (at + STEPS * params.a_row) / 4u;\n    return mat4x4<f32>(a[r.x], a[r.y], a[r.z], a[r.w]);\n  }\n  let c = (at + STEPS * params.a_column) / 4u;\n  return transpose(mat4x4<f32>(a[c.x], a[c.y], a[c.z], a[c.w]));\n}\nfn b_block(at: u32) -> mat4x4<f32> {\n  if (b_vectors == 1u) {\n    let r = (at + STEPS * params.b_row) / 4u;\n    return mat4x4<f32>(b[r.x], b[r.y], b[r.z], b[r.w]);\n  }\n  let c = (at + STEPS * params.b_column) / 4u;\n  return transpose(mat4x4<f32>(b[c.x], b[c.y], b[c.z], b[c.w]));\n}\n\n// Where four neighbouring rows of the mask start, and the block of it that starts there.\nfn mask_start(n: u32, row: u32) -> vec4<u32> {\n  let width = select(params.columns, params.inner, masked == 0u);\n  return (params.mask_offset + (n * params.mask_rows + (row + STEPS) % params.mask_rows) * width) / 4u;\n}\nfn times_mask(v: mat4x4<f32>, at: vec4<u32>) -> mat4x4<f32> {\n  return mat4x4<f32>(v[0] * mask[at.x], v[1] * mask[at.y], v[2] * mask[at.z], v[3] * mask[at.w]);\n}\n\nfn store(n: u32, row: u32, column: u32, square: mat4x4<f32>) {\n  if (column >= params.columns) { return; }\n  var sums = square;\n  if (masked == 2u) { sums = times_mask(sums, mask_start(n, row) + column / 4u); }\n  for (var r = 0u; r < min(4u, params.rows - min(row, params.rows)); r++) {\n    var v = sums[r];\n    if (params.has_bias == 1u) { v += bias[(n * params.columns + column) / 4u]; }\n    let at = (params.out_offset + n * params.out_batch + (row + r) * params.out_row + column) / 4u;\n    if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }\n  }\n}\n\n@compute @workgroup_size(8, 8, 1)\nfn matmul_masked_direct(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>,\n                        @builtin(num_workgroups) groups: vec3<u32>) {\n  // Tiles of 64×64 in reading order; more than 65,535 of them fold into y.\n  let tile = group.x + group.y * groups.x;\n  let across = (params.columns + TILE - 1u) / TILE;\n  let down = (params.rows + TILE - 1u) / TILE;\n  let n = tile / (across * down);\n  let row = (tile / across) % down * TILE + local.y * 8u;\n  let column = tile % across * TILE + local.x * 8u;\n  if (n >= params.batch || row >= params.rows || column >= params.columns) { return; }\n  var at_a = params.a_offset + n * params.a_batch + row * params.a_row;\n  var at_b = params.b_offset + n * params.b_batch + column * params.b_column;\n  let a_mask_0 = mask_start(n, row);\n  let a_mask_1 = mask_start(n, row + 4u);\n\n  var sums_00 = mat4x4<f32>();  // rows 0 to 3, columns 0 to 3; sums_01 is to the right of it, sums_10 below\n  var sums_01 = mat4x4<f32>();\n  var sums_10 = mat4x4<f32>();\n  var sums_11 = mat4x4<f32>();\n  for (var k = 0u; k < params.inner; k += 4u) {\n    var a_0 = a_block(at_a);\n    var a_1 = a_block(at_a + 4u * params.a_row);\n    var b_0 = b_block(at_b);\n    var b_1 = b_block(at_b + 4u * params.b_column);\n    if (masked == 0u) {\n      a_0 = times_mask(a_0, a_mask_0 + k / 4u);\n      a_1 = times_mask(a_1, a_mask_1 + k / 4u);\n    }\n    if (masked == 1u) {\n      let b_mask = mask_start(n, k) + column / 4u;\n      b_0 = times_mask(b_0, b_mask);\n      b_1 = times_mask(b_1, b_mask + 1u);\n    }\n    // A WGSL matrix is a list of columns; ours are lists of rows, so the factors change places.\n    sums_00 += b_0 * a_0;\n    sums_01 += b_1 * a_0;\n    sums_10 += b_0 * a_1;\n    sums_11 += b_1 * a_1;\n    at_a += 4u * params.a_column;\n    at_b += 4u * params.b_row;\n  }\n  store(n, row, column, sums_00);\n  store(n, row, column + 4u, sums_01);\n  store(n, row + 4u, column, sums_10);\n  store(n, row + 4u, column + 4u, sums_11);\n}\n",
  },
  metric_counts: {
    name: "metric_counts",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "classes", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "predictions_offset", offset: 12, type: "u32", length: 1 },
      { name: "targets_offset", offset: 16, type: "u32", length: 1 },
      { name: "mask_offset", offset: 20, type: "u32", length: 1 },
      { name: "has_mask", offset: 24, type: "u32", length: 1 },
      { name: "threshold", offset: 28, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "predictions", access: "read", type: "f32", optional: false },
      { name: "targets", access: "read", type: "words", optional: false },
      { name: "mask", access: "read", type: "words", optional: true },
      { name: "counts", access: "read_write", type: "u32", optional: false },
    ],
    overrides: [{ name: "targets_kind", type: "u32" }],
    source: "// metric_counts: what the metrics of an epoch are made of, counted where the predictions are.\n//\n//   counts[0] += rows whose largest prediction is at the target's largest element     categorical accuracy\n//   counts[1] += elements with t = (p > threshold)                                    binary accuracy\n//   counts[2] += elements with p > threshold and t ≠ 0                                true positives\n//   counts[3] += elements with p > threshold                                          precision's divisor\n//   counts[4] += elements with t ≠ 0                                                  recall's divisor\n//   counts[5] += rows          counts[6] += elements          counts[7] stays\n//\n//   predictions  [rows, classes]  p, contiguous\n//   targets      [rows, classes]  t as f32 (targets_kind 0) or i32 (1); or [rows] class ids as i32 that stand for\n//                                 one-hot rows, t = [column = id] (2)\n//   mask         [rows]           rows with 0 do not count; f32 or i32; read when has_mask is 1\n//   counts       [8, 2]           low and high word of each count, added to\n//\n// The first of equal elements is the largest. NaN is never right and never the largest.\n//\n// f32 holds whole numbers to 16.7 million only, and an epoch has more elements, so counts are integers of 64 bits.\n// Integers add up to the same in any order, so workgroups may add with atomics and a run still repeats.\n// `lanes` neighbouring threads serve one row, as in softmax.wgsl; workgroups take turns.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads, at most 1,024; lanes = 1 up to 32 classes, else 64.\n// Gradient: none.   CPU twin: src/backend/cpu/metric_counts.ts.\n\noverride targets_kind: u32 = 0u;\n\nstruct Params {\n  rows: u32,\n  classes: u32,\n  lanes: u32,\n  predictions_offset: u32,\n  targets_offset: u32,\n  mask_offset: u32,\n  has_mask: u32,\n  threshold: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> predictions: array<f32>;\n@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32\n@group(0) @binding(3) var<storage, read> mask: array<u32>;  // words: f32 or i32; optional\n@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;\n\nconst THREADS = 64u;\nconst NONE = 0xffffffffu;\n\n// Largest prediction and target so far, and where they are.\nvar<workgroup> best: array<vec2<f32>, 64>;\nvar<workgroup> best_at: array<vec2<u32>, 64>;\nvar<workgroup> elements: array<vec4<u32>, 64>;\nvar<workgroup> rows: array<vec2<u32>, 64>;\n\n// Drivers optimise v != v away; the bit pattern tells.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\nfn target_at(row: u32, c: u32) -> f32 {\n  let i = params.targets_offset + row * params.classes + c;\n  switch targets_kind {\n    case 1u: { return f32(bitcast<i32>(targets[i])); }\n    case 2u: { return select(0.0, 1.0, targets[params.targets_offset + row] == c); }\n    default: { return bitcast<f32>(targets[i]); }\n  }\n}\n\n// Without its sign bit, 0 is 0 in both formats.\nfn counted(row: u32) -> bool {\n  return row < params.rows && (params.has_mask == 0u || (mask[params.mask_offset + row] << 1u) != 0u);\n}\n\n// Whether candidate (v, k) goes before candidate (w, l).\nfn wins(v: f32, k: u32, w: f32, l: u32) -> bool {\n  if (k == NONE || is_nan(v)) { return false; }\n  return l == NONE || v > w || (v == w && k < l);\n}\n\nfn add_to(count: u32, n: u32) {\n  if (n == 0u) { return; }\n  let before = atomicAdd(&counts[2u * count], n);\n  if (before + n < before) { atomicAdd(&counts[2u * count + 1u], 1u); }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn metric_counts(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                 @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let lane = local % lanes;\n  let share = THREADS / lanes;\n  var element_sums = vec4<u32>();  // right, true positives, predicted positives, actual positives\n  var row_sums = vec2<u32>();  // right, counted\n\n  for (var first = group.x * share; first < params.rows; first += groups.x * share) {\n    let row = first + local / lanes;\n    let inside = counted(row);\n    let end = select(0u, params.classes, inside);\n    var value = vec2<f32>();\n    var at = vec2<u32>(NONE);\n    if (targets_kind == 2u && lane < end) { at.y = targets[params.targets_offset + row]; }\n    for (var c = lane; c < end; c += lanes) {\n      let p = predictions[params.predictions_offset + row * params.classes + c];\n      let t = target_at(row, c);\n      let positive = !is_nan(p) && p > params.threshold;\n      let is_right = !is_nan(p) && t == select(0.0, 1.0, positive);\n      let marks = vec4<bool>(is_right, positive && t != 0.0, positive, t != 0.0);\n      element_sums += select(vec4<u32>(), vec4<u32>(1u), marks);\n      if (wins(p, c, value.x, at.x)) { value.x = p; at.x = c; }\n      if (targets_kind != 2u && wins(t, c, value.y, at.y)) { value.y = t; at.y = c; }\n    }\n    if (lanes > 1u) {\n      best[local] = value;\n      best_at[local] = at;\n      workgroupBarrier();\n      for (var half = lanes / 2u; half > 0u; half /= 2u) {\n        if (lane < half) {\n          let v = best[local + half];\n          let k = best_at[local + half];\n          if (wins(v.x, k.x, value.x, at.x)) { value.x = v.x; at.x = k.x; }\n          if (wins(v.y, k.y, value.y, at.y)) { value.y = v.y; at.y = k.y; }\n          best[local] = value;\n          best_at[local] = at;\n        }\n        workgroupBarrier();\n      }\n    }\n    if (lane == 0u && inside) { row_sums += vec2<u32>(select(0u, 1u, at.x != NONE && at.x == at.y), 1u); }\n  }\n\n  elements[local] = element_sums;\n  rows[local] = row_sums;\n  workgroupBarrier();\n  for (var half = THREADS / 2u; half > 0u; half /= 2u) {\n    if (local < half) {\n      elements[local] += elements[local + half];\n      rows[local] += rows[local + half];\n    }\n    workgroupBarrier();\n  }\n  if (local == 0u) {\n    add_to(0u, rows[0].x);\n    for (var k = 0u; k < 4u; k++) { add_to(k + 1u, elements[0][k]); }\n    add_to(5u, rows[0].y);\n    add_to(6u, rows[0].y * params.classes);\n  }\n}\n",
  },
  one_hot: {
    name: "one_hot",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "classes", offset: 4, type: "u32", length: 1 },
      { name: "ids_offset", offset: 8, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "ids", access: "read", type: "i32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// one_hot: class ids as rows of 0 and a single 1.\n//\n//   out[i, c] = [c = ids[i]]\n//\n//   ids  [count]           an id outside 0 … classes − 1 gives a row of 0\n//   out  [count, classes]  contiguous\n//\n// Dispatch: one thread per element of out, 64 to a workgroup.\n// Gradient: none; ids have none.   CPU twin: src/backend/cpu/one_hot.ts.\n\nstruct Params {\n  count: u32,\n  classes: u32,\n  ids_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> ids: array<i32>;\n@group(0) @binding(2) var<storage, read_write> out: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn one_hot(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count * params.classes) { return; }\n  out[i] = select(0.0, 1.0, ids[params.ids_offset + i / params.classes] == i32(i % params.classes));\n}\n",
  },
  quantize_rows: {
    name: "quantize_rows",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "x_offset", offset: 12, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "q", access: "read_write", type: "i32", optional: false },
      { name: "scale", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// quantize_rows: rows of f32 as int8 (−128 to 127), each row with a scale of its own.\n//\n//   scale[r] = max |x[r]| / 127.5        q[r, k] = round(x[r, k] / scale[r])        x[r, k] ≈ scale[r] q[r, k]\n//\n//   x      [rows, columns]  contiguous\n//   q      [rows, words]    words of four int8, the first in the lowest byte; words = ceil(columns / 4), and what is\n//                           past the last column is 0\n//   scale  [rows]           at least 2^−23; NaN or ∞ for a row that holds one, so that what is computed with it shows\n//\n// No element is off by more than half a scale. The integers are the same on every device: a division may be wrong in\n// its last bits on a GPU, so it only proposes an integer, and products, which round the same everywhere, decide.\n//\n// `lanes` neighbouring threads serve one row, so a workgroup of 64 serves 64 / lanes rows, as in softmax.wgsl.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64.\n// Gradient: none (inference only).   CPU twin: src/backend/cpu/quantize_rows.ts.   Layer: src/nn/quantized_linear.ts.\n// Source: the symmetric int8 of PyTorch's observers (torch.ao.quantization).\n\nstruct Params {\n  rows: u32,\n  columns: u32,\n  lanes: u32,\n  x_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read_write> q: array<i32>;\n@group(0) @binding(3) var<storage, read_write> scale: array<f32>;\n\nconst INFINITY_BITS = 0x7f800000u;\n\nvar<workgroup> partial: array<u32, 64>;\n\n// The integer k for which (k − ½) s < v ≤ (k + ½) s.\nfn nearest(v: f32, s: f32) -> i32 {\n  var k = round(v / s);\n  if (v > (k + 0.5) * s) { k += 1.0; } else if (v <= (k - 0.5) * s) { k -= 1.0; }\n  return i32(clamp(k, -128.0, 127.0));\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn quantize_rows(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                 @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;\n  let lane = local % lanes;\n  let inside = row < params.rows;\n  let end = select(0u, params.columns, inside);\n  let base = params.x_offset + row * params.columns;\n\n  // Magnitudes are compared by their bits, whose order is theirs, with ∞ and NaN above all.\n  var largest = 0u;\n  for (var c = lane; c < end; c += lanes) { largest = max(largest, bitcast<u32>(x[base + c]) & 0x7fffffffu); }\n  if (lanes > 1u) {\n    partial[local] = largest;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] = max(partial[local], partial[local + half]); }\n      workgroupBarrier();\n    }\n    largest = partial[local - lane];\n  }\n\n  let finite = largest < INFINITY_BITS;\n  let s = max(bitcast<f32>(select(0u, largest, finite)) * (1.0 / 127.5), 1.1920929e-7);\n  let words = select(0u, (params.columns + 3u) / 4u, inside);\n  for (var w = lane; w < words; w += lanes) {\n    var word = 0;\n    for (var i = 0u; i < 4u; i++) {\n      let c = 4u * w + i;\n      if (c < params.columns && finite) { word |= (nearest(x[base + c], s) & 0xff) << (8u * i); }\n    }\n    q[row * words + w] = word;\n  }\n  if (lane == 0u && inside) { scale[row] = select(bitcast<f32>(largest), s, finite); }\n}\n",
  },
  reduce: {
    name: "reduce",
    workgroup: [256, 1, 1],
    paramsSize: 48,
    params: [
      { name: "outer", offset: 0, type: "u32", length: 1 },
      { name: "length", offset: 4, type: "u32", length: 1 },
      { name: "inner", offset: 8, type: "u32", length: 1 },
      { name: "lanes", offset: 12, type: "u32", length: 1 },
      { name: "x_offset", offset: 16, type: "u32", length: 1 },
      { name: "x_outer", offset: 20, type: "u32", length: 1 },
      { name: "x_length", offset: 24, type: "u32", length: 1 },
      { name: "x_inner", offset: 28, type: "u32", length: 1 },
      { name: "scale", offset: 32, type: "f32", length: 1 },
      { name: "power", offset: 36, type: "u32", length: 1 },
      { name: "accumulate", offset: 40, type: "u32", length: 1 },
      { name: "out_offset", offset: 44, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }],
    source: "// reduce: sum, maximum or minimum along the middle axis of [outer, length, inner].\n//\n//   out[o, i] = scale · Σ_k x[o, k, i]^power        (operation 0; power 1 or 2)\n//   out[o, i] = max_k or min_k x[o, k, i]           (operations 1 and 2)\n//\n//   x    [outer, length, inner]  each axis with its own stride\n//   out  [outer, inner]          contiguous, from out_offset on; added to when accumulate is 1\n//\n// A workgroup serves `lanes` neighbouring columns of one o; its 256 / lanes threads per column each take every\n// (256 / lanes)-th k, and their partial results are combined in a fixed order, so that a run repeats bit for bit.\n//\n// Dispatch: outer · ceil(inner / lanes) workgroups of 256 threads, lanes = 32, or 1 when inner is 1.\n// Gradient: a broadcast copy (sum, mean) or a mask (max, min), src/ops/reduce.ts.\n// CPU twin: src/backend/cpu/reduce.ts.\n\noverride operation: u32 = 0u;\n\nstruct Params {\n  outer: u32,\n  length: u32,\n  inner: u32,\n  lanes: u32,\n  x_offset: u32,\n  x_outer: u32,\n  x_length: u32,\n  x_inner: u32,\n  scale: f32,\n  power: u32,\n  accumulate: u32,\n  out_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read_write> out: array<f32>;\n\nvar<workgroup> partial: array<f32, 256>;\n\nfn start() -> f32 {\n  switch operation {\n    case 1u: { return -3.0e38; }\n    case 2u: { return 3.0e38; }\n    default: { return 0.0; }\n  }\n}\n\n// max and min lose NaN, and what went wrong must not look right. Drivers optimise v != v away; the bits tell.\nfn either_nan(l: f32, r: f32) -> bool {\n  return ((bitcast<u32>(l) & 0x7fffffffu) > 0x7f800000u) || ((bitcast<u32>(r) & 0x7fffffffu) > 0x7f800000u);\n}\n\nfn combine(l: f32, r: f32) -> f32 {\n  switch operation {\n    case 1u: { return select(max(l, r), l + r, either_nan(l, r)); }\n    case 2u: { return select(min(l, r), l + r, either_nan(l, r)); }\n    default: { return l + r; }\n  }\n}\n\n@compute @workgroup_size(256, 1, 1)\nfn reduce(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n          @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let slices = 256u / lanes;\n  let slice = local / lanes;\n  // A tile is `lanes` columns of one o; more than 65,535 of them fold into y. No thread may leave before the\n  // barriers, so those past the end go along without reading or storing.\n  let tiles = (params.inner + lanes - 1u) / lanes;\n  let tile = group.x + group.y * groups.x;\n  let o = tile / tiles;\n  let i = (tile % tiles) * lanes + local % lanes;\n  let inside = o < params.outer && i < params.inner;\n\n  var sum = start();\n  if (inside) {\n    let base = params.x_offset + o * params.x_outer + i * params.x_inner;\n    for (var k = slice; k < params.length; k += slices) {\n      let v = x[base + k * params.x_length];\n      sum = combine(sum, select(v, v * v, params.power == 2u));\n    }\n  }\n  partial[local] = sum;\n  workgroupBarrier();\n  for (var half = 128u; half >= lanes; half /= 2u) {\n    if (local < half) { partial[local] = combine(partial[local], partial[local + half]); }\n    workgroupBarrier();\n  }\n  if (slice == 0u && inside) {\n    let at = params.out_offset + o * params.inner + i;\n    let result = partial[local] * params.scale;\n    if (params.accumulate == 1u) { out[at] += result; } else { out[at] = result; }\n  }\n}\n",
  },
  residual_norm: {
    name: "residual_norm",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "operation", offset: 12, type: "u32", length: 1 },
      { name: "threshold", offset: 16, type: "u32", length: 1 },
      { name: "scale", offset: 20, type: "f32", length: 1 },
      { name: "eps", offset: 24, type: "f32", length: 1 },
      { name: "x_offset", offset: 28, type: "u32", length: 1 },
      { name: "sublayer_offset", offset: 32, type: "u32", length: 1 },
      { name: "weight_offset", offset: 36, type: "u32", length: 1 },
      { name: "has_weight", offset: 40, type: "u32", length: 1 },
      { name: "bias_offset", offset: 44, type: "u32", length: 1 },
      { name: "has_bias", offset: 48, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "sublayer", access: "read", type: "f32", optional: false },
      { name: "counter", access: "read", type: "u32", optional: true },
      { name: "weight", access: "read", type: "f32", optional: true },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "sum", access: "read_write", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
      { name: "stats", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// residual_norm: a residual connection, dropout on what is added, and the norm of the sum, in one pass.\n//\n//   sum[i] = x[i] + (keep[i] ? scale · sublayer[i] : 0)            i = r · columns + c\n//   out[r, c] = (sum[r, c] − μ) / √(σ² + ε) · weight[c] + bias[c]   μ and σ² of row r of the sum\n//\n//   x, sublayer  [rows, columns]  contiguous\n//   counter      [seed, step]     of the device; needed when threshold is not 0\n//   weight       [columns]        1 when has_weight is 0\n//   bias         [columns]        0 when has_bias is 0\n//   sum, out     [rows, columns]  contiguous\n//   stats        [rows, 2]        μ and 1 / √(σ² + ε), for the backward pass\n//\n// keep[i] is as in dropout.wgsl, to the bit: four neighbours of the whole tensor share the random bits, so a thread\n// takes four at a time, of which those of other rows are not its own. It reads again only what it wrote itself.\n// `lanes` neighbouring threads serve one row, as in softmax.wgsl.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64 (8 on\n// software adapters).\n// Gradient: residual_norm_backward.wgsl, layer_norm_backward_weights.wgsl, layer_norm_backward_total.wgsl.\n// CPU twin: src/backend/cpu/residual_norm.ts.   Layer: src/nn/transformer_block.ts.\n// Source: He et al. 2016 (residual connections); Ba, Kiros & Hinton 2016; Srivastava et al. 2014.\n\nstruct Params {\n  rows: u32, columns: u32, lanes: u32,\n  operation: u32, threshold: u32, scale: f32, eps: f32,\n  x_offset: u32, sublayer_offset: u32,\n  weight_offset: u32, has_weight: u32, bias_offset: u32, has_bias: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> sublayer: array<f32>;\n@group(0) @binding(3) var<storage, read> counter: array<u32>;  // optional\n@group(0) @binding(4) var<storage, read> weight: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read> bias: array<f32>;  // optional\n@group(0) @binding(6) var<storage, read_write> sum: array<f32>;\n@group(0) @binding(7) var<storage, read_write> out: array<f32>;\n@group(0) @binding(8) var<storage, read_write> stats: array<f32>;\n\nvar<workgroup> partial: array<f32, 64>;\n\nfn pcg4d(input: vec4<u32>) -> vec4<u32> {\n  var v = input * 1664525u + 1013904223u;\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  v ^= v >> vec4<u32>(16u);\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  return v;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn residual_norm(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                 @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;\n  let lane = local % lanes;\n  let first = row * params.columns;\n  let end = select(0u, first + params.columns, row < params.rows);\n  let start = first / 4u + lane;  // this thread's first four\n\n  var total = 0.0;\n  for (var j = start; j * 4u < end; j += lanes) {\n    var bits = vec4<u32>();\n    if (params.threshold > 0u) { bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j)); }\n    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {\n      let keep = (bits[i % 4u] >> 8u) >= params.threshold;\n      let v = x[params.x_offset + i] + select(0.0, params.scale * sublayer[params.sublayer_offset + i], keep);\n      sum[i] = v;\n      total += v;\n    }\n  }\n  if (lanes > 1u) {\n    partial[local] = total;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    total = partial[local - lane];\n    workgroupBarrier();\n  }\n  let mean = total / f32(params.columns);\n\n  var squares = 0.0;\n  for (var j = start; j * 4u < end; j += lanes) {\n    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {\n      let distance = sum[i] - mean;\n      squares += distance * distance;\n    }\n  }\n  if (lanes > 1u) {\n    partial[local] = squares;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    squares = partial[local - lane];\n  }\n  let scale = 1.0 / sqrt(squares / f32(params.columns) + params.eps);\n\n  for (var j = start; j * 4u < end; j += lanes) {\n    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {\n      var v = (sum[i] - mean) * scale;\n      if (params.has_weight == 1u) { v *= weight[params.weight_offset + i - first]; }\n      if (params.has_bias == 1u) { v += bias[params.bias_offset + i - first]; }\n      out[i] = v;\n    }\n  }\n  if (lane == 0u && row < params.rows) {\n    stats[2u * row] = mean;\n    stats[2u * row + 1u] = scale;\n  }\n}\n",
  },
  residual_norm_backward: {
    name: "residual_norm_backward",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "operation", offset: 12, type: "u32", length: 1 },
      { name: "threshold", offset: 16, type: "u32", length: 1 },
      { name: "scale", offset: 20, type: "f32", length: 1 },
      { name: "weight_offset", offset: 24, type: "u32", length: 1 },
      { name: "has_weight", offset: 28, type: "u32", length: 1 },
      { name: "dout_offset", offset: 32, type: "u32", length: 1 },
      { name: "dsum_offset", offset: 36, type: "u32", length: 1 },
      { name: "has_dsum", offset: 40, type: "u32", length: 1 },
      { name: "write_x", offset: 44, type: "u32", length: 1 },
      { name: "write_sublayer", offset: 48, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "sum", access: "read", type: "f32", optional: false },
      { name: "stats", access: "read", type: "f32", optional: false },
      { name: "weight", access: "read", type: "f32", optional: true },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dsum", access: "read", type: "f32", optional: true },
      { name: "counter", access: "read", type: "u32", optional: true },
      { name: "dx", access: "read_write", type: "f32", optional: true },
      { name: "dsublayer", access: "read_write", type: "f32", optional: true },
    ],
    overrides: [],
    source: "// residual_norm_backward: the gradients of both inputs of residual_norm, whose mask it draws again.\n//\n//   x̂ = (sum[i] − μ) · s        g = dout[i] · weight[c]                      i = r · columns + c\n//   d = s · (g − Σ_k g / columns − x̂ · Σ_k g x̂ / columns) + dsum[i]\n//   dx[i] = d                    dsublayer[i] = keep[i] ? scale · d : 0\n//\n//   sum        [rows, columns]  from residual_norm\n//   stats      [rows, 2]        μ and s = 1 / √(σ² + ε), from residual_norm\n//   weight     [columns]        1 when has_weight is 0\n//   dout       [rows, columns]  the gradient of the norm, contiguous\n//   dsum       [rows, columns]  what else the sum was used for, contiguous; 0 when has_dsum is 0\n//   counter    [seed, step]     as it was in the forward pass; needed when threshold is not 0\n//   dx         [rows, columns]  contiguous; 1 in write_x writes, 2 adds, 0 leaves out\n//   dsublayer  [rows, columns]  likewise, write_sublayer\n//\n// Threads share rows as in residual_norm.wgsl.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64 (8 on\n// software adapters).\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/residual_norm_backward.ts.\n// Layer: src/nn/transformer_block.ts.\n\nstruct Params {\n  rows: u32, columns: u32, lanes: u32,\n  operation: u32, threshold: u32, scale: f32,\n  weight_offset: u32, has_weight: u32,\n  dout_offset: u32, dsum_offset: u32, has_dsum: u32,\n  write_x: u32, write_sublayer: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> sum: array<f32>;\n@group(0) @binding(2) var<storage, read> stats: array<f32>;\n@group(0) @binding(3) var<storage, read> weight: array<f32>;  // optional\n@group(0) @binding(4) var<storage, read> dout: array<f32>;\n@group(0) @binding(5) var<storage, read> dsum: array<f32>;  // optional\n@group(0) @binding(6) var<storage, read> counter: array<u32>;  // optional\n@group(0) @binding(7) var<storage, read_write> dx: array<f32>;  // optional\n@group(0) @binding(8) var<storage, read_write> dsublayer: array<f32>;  // optional\n\nvar<workgroup> partial: array<vec2<f32>, 64>;\n\nfn pcg4d(input: vec4<u32>) -> vec4<u32> {\n  var v = input * 1664525u + 1013904223u;\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  v ^= v >> vec4<u32>(16u);\n  v.x += v.y * v.w;\n  v.y += v.z * v.x;\n  v.z += v.x * v.y;\n  v.w += v.y * v.z;\n  return v;\n}\n\n// x̂ and g of an element.\nfn terms(i: u32, c: u32, mean: f32, scale: f32) -> vec2<f32> {\n  var g = dout[params.dout_offset + i];\n  if (params.has_weight == 1u) { g *= weight[params.weight_offset + c]; }\n  return vec2<f32>((sum[i] - mean) * scale, g);\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn residual_norm_backward(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                          @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;\n  let lane = local % lanes;\n  let first = row * params.columns;\n  let end = select(0u, first + params.columns, row < params.rows);\n  let start = first / 4u + lane;\n  let mean = stats[2u * min(row, params.rows - 1u)];\n  let scale = stats[2u * min(row, params.rows - 1u) + 1u];\n\n  var sums = vec2<f32>();  // Σ g, Σ g x̂\n  for (var j = start; j * 4u < end; j += lanes) {\n    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {\n      let t = terms(i, i - first, mean, scale);\n      sums += vec2<f32>(t.y, t.x * t.y);\n    }\n  }\n  if (lanes > 1u) {\n    partial[local] = sums;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    sums = partial[local - lane];\n  }\n  let means = sums / f32(params.columns);\n\n  for (var j = start; j * 4u < end; j += lanes) {\n    var bits = vec4<u32>();\n    if (params.threshold > 0u) { bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j)); }\n    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {\n      let t = terms(i, i - first, mean, scale);\n      var d = scale * (t.y - means.x - t.x * means.y);\n      if (params.has_dsum == 1u) { d += dsum[params.dsum_offset + i]; }\n      if (params.write_x == 1u) { dx[i] = d; }\n      if (params.write_x == 2u) { dx[i] += d; }\n      let v = select(0.0, params.scale * d, (bits[i % 4u] >> 8u) >= params.threshold);\n      if (params.write_sublayer == 1u) { dsublayer[i] = v; }\n      if (params.write_sublayer == 2u) { dsublayer[i] += v; }\n    }\n  }\n}\n",
  },
  rmsprop: {
    name: "rmsprop",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "offset", offset: 4, type: "u32", length: 1 },
      { name: "row", offset: 8, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "p", access: "read_write", type: "f32", optional: false },
      { name: "g", access: "read", type: "f32", optional: false },
      { name: "v", access: "read_write", type: "f32", optional: false },
      { name: "m", access: "read_write", type: "f32", optional: false },
      { name: "settings", access: "read", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// rmsprop: one step of RMSprop over a flat arena of parameters.\n//\n//   g = g + decay · p\n//   v = α v + (1 − α) g²\n//   m = μ m + by_g · g / (√(v + ε₁) + ε₂)\n//   p = p − by_m · m\n//\n//   p, g, v, m  [size]     parameters, gradients, squares and momentum, side by side in four arenas\n//   settings    [rows, 8]  decay, α, 1 − α, μ, ε₁, ε₂, by_g, by_m; a row per group and step count\n//\n// PyTorch has ε₁ = 0, by_g = 1, by_m = lr; Keras has ε₂ = 0, by_g = lr, by_m = 1 (src/optim/rmsprop.ts).\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none.   CPU twin: src/backend/cpu/rmsprop.ts.\n// Source: Tieleman & Hinton 2012, lecture 6.5; in PyTorch's and Keras's order of operations.\n\nstruct Params {\n  count: u32,\n  offset: u32,\n  row: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> p: array<f32>;\n@group(0) @binding(2) var<storage, read> g: array<f32>;\n@group(0) @binding(3) var<storage, read_write> v: array<f32>;\n@group(0) @binding(4) var<storage, read_write> m: array<f32>;\n@group(0) @binding(5) var<storage, read> settings: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn rmsprop(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let n = id.x + id.y * groups.x * 64u;\n  if (n >= params.count) { return; }\n  let i = params.offset + n;\n  let s = params.row * 8u;\n  let gradient = g[i] + settings[s] * p[i];\n  v[i] = settings[s + 1u] * v[i] + settings[s + 2u] * gradient * gradient;\n  let root = sqrt(v[i] + settings[s + 4u]) + settings[s + 5u];\n  m[i] = settings[s + 3u] * m[i] + settings[s + 6u] * gradient / root;\n  p[i] = p[i] - settings[s + 7u] * m[i];\n}\n",
  },
  rnn_sequence: {
    name: "rnn_sequence",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "begin", offset: 12, type: "u32", length: 1 },
      { name: "end", offset: 16, type: "u32", length: 1 },
      { name: "spread", offset: 20, type: "u32", length: 1 },
      { name: "reverse", offset: 24, type: "u32", length: 1 },
      { name: "has_state", offset: 28, type: "u32", length: 1 },
      { name: "has_mask", offset: 32, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "pre", access: "read", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "h", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "relu", type: "bool" }, { name: "recurrent_dropout", type: "bool" }],
    source: "// rnn_sequence: a plain recurrent network (Elman network) over the steps of a sequence.\n//\n//   for every time step, in order:\n//     h = f(pre + Wh·h_prev)                f = tanh or relu\n//\n//   pre   [time, batch, hidden]      Wx·x + b of all time steps: one matmul, done before\n//   wh    [hidden, hidden]           recurrent weights\n//   h     [time + 1, batch, hidden]  states; the first one lies in slot 0, or in slot `time` in reverse\n//   mask  [batch, time]  i32         optional; 0 = padding: the state passes through\n//   keep  [batch, hidden]            optional; recurrent dropout: what h_prev is multiplied by, 0 or 1 / (1 − rate),\n//                                    the same at every step (Gal & Ghahramani 2016)\n//\n// A launch does the steps begin, …, end − 1 of the run. Where a step is little work, one launch does them all with one\n// workgroup per four sequences: only these threads read each other's states, so a barrier between steps is enough.\n// Where a step is much work, `spread` workgroups share its units, and every step is a launch (src/ops/recurrent.ts).\n//\n// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.\n// Gradient: rnn_sequence_backward.wgsl.   CPU twin: src/backend/cpu/rnn_sequence.ts.\n// Layer: src/nn/rnn.ts.\n// Source: Elman 1990.\n\noverride relu: bool = false;\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  begin: u32,\n  end: u32,\n  spread: u32,\n  reverse: u32,\n  has_state: u32,  // 0: the state before the first step is zero, and its slot is not read\n  has_mask: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> pre: array<f32>;\n@group(0) @binding(2) var<storage, read> wh: array<f32>;\n@group(0) @binding(3) var<storage, read_write> h: array<f32>;\n@group(0) @binding(4) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(5) var<storage, read> keep: array<f32>;  // optional\n\n// max and clamp lose NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\n// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.\nfn activation(v: f32) -> f32 {\n  let f = select(tanh(clamp(v, -15.0, 15.0)), max(v, 0.0), relu);\n  return select(f, v, is_nan(v));\n}\n\n// h_prev of unit k in four sequences, as it goes into Wh.\nfn state(at: vec4<u32>, rows: vec4<u32>, k: u32) -> vec4<f32> {\n  let v = vec4<f32>(h[at.x + k], h[at.y + k], h[at.z + k], h[at.w + k]);\n  if (!recurrent_dropout) { return v; }\n  let i = rows * params.hidden + k;\n  return v * vec4<f32>(keep[i.x], keep[i.y], keep[i.z], keep[i.w]);\n}\n\nfn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool, wh_h: f32) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let next = (after * params.batch + b) * H + j;\n  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {\n    var h_prev = 0.0;\n    if (has_state) { h_prev = h[(before * params.batch + b) * H + j]; }\n    h[next] = h_prev;\n    return;\n  }\n  h[next] = activation(pre[(time * params.batch + b) * H + j] + wh_h);\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn rnn_sequence(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden;\n  let b = group.x * 4u;\n  // Rows past the batch read the last sequence; cell() does not store them.\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  for (var n = params.begin; n < params.end; n++) {\n    let time = select(n, params.steps - 1u - n, params.reverse == 1u);\n    let before = select(n, params.steps - n, params.reverse == 1u);\n    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);\n    let has_state = n > 0u || params.has_state == 1u;\n    let at = (before * params.batch + rows) * H;\n    for (var j = thread + 64u * group.y; j < H; j += 64u * params.spread) {\n      var sum = vec4<f32>();  // Wh·h_prev of unit j, one per sequence\n      for (var k = 0u; k < select(0u, H, has_state); k++) {\n        sum += wh[j * H + k] * state(at, rows, k);\n      }\n      cell(b, j, time, before, after, has_state, sum.x);\n      cell(b + 1u, j, time, before, after, has_state, sum.y);\n      cell(b + 2u, j, time, before, after, has_state, sum.z);\n      cell(b + 3u, j, time, before, after, has_state, sum.w);\n    }\n    storageBarrier();\n  }\n}\n",
  },
  rnn_sequence_backward: {
    name: "rnn_sequence_backward",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "hidden", offset: 4, type: "u32", length: 1 },
      { name: "steps", offset: 8, type: "u32", length: 1 },
      { name: "begin", offset: 12, type: "u32", length: 1 },
      { name: "end", offset: 16, type: "u32", length: 1 },
      { name: "spread", offset: 20, type: "u32", length: 1 },
      { name: "reverse", offset: 24, type: "u32", length: 1 },
      { name: "has_carry", offset: 28, type: "u32", length: 1 },
      { name: "has_dout", offset: 32, type: "u32", length: 1 },
      { name: "has_mask", offset: 36, type: "u32", length: 1 },
      { name: "dout_offset", offset: 40, type: "u32", length: 1 },
      { name: "dout_batch", offset: 44, type: "u32", length: 1 },
      { name: "dout_time", offset: 48, type: "u32", length: 1 },
      { name: "dout_unit", offset: 52, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "dpre", access: "read_write", type: "f32", optional: false },
      { name: "wh", access: "read", type: "f32", optional: false },
      { name: "h", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: true },
      { name: "dh_carry", access: "read_write", type: "f32", optional: false },
      { name: "mask", access: "read", type: "i32", optional: true },
      { name: "keep", access: "read", type: "f32", optional: true },
    ],
    overrides: [{ name: "relu", type: "bool" }, { name: "recurrent_dropout", type: "bool" }],
    source: "// rnn_sequence_backward: the gradient of a plain recurrent network, from the last step of a sequence to the first.\n//\n//   for every time step, in the opposite order:\n//     dh = dout + dh_carry + Whᵀ·dpre_next\n//     dpre = dh ∘ f′                        f′ = 1 − h² for tanh, 1 where h > 0 for relu\n//\n//   dpre      [time, batch, hidden]      out; Wx, Wh and b get their gradients from it, one matmul or sum each\n//   wh        [hidden, hidden]           recurrent weights\n//   h         [time + 1, batch, hidden]  states\n//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional\n//   dh_carry  [batch, hidden]            in: gradient of the last state; out: of the first (after turn `steps`)\n//   mask      [batch, time]  i32         optional; at padding dpre is 0 and the carry passes through\n//   keep      [batch, hidden]            optional; recurrent dropout, as in the forward pass\n//\n// A launch does the turns begin, …, end − 1: turn m is the step that the forward pass did m steps before its last, and\n// turn `steps` hands on the gradient of the state before the first step. One launch for all or one for each turn, as\n// in rnn_sequence.wgsl.\n//\n// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/rnn_sequence_backward.ts.\n// Layer: src/nn/rnn.ts.\n// Source: Elman 1990; backpropagation through time: Werbos 1990.\n\noverride relu: bool = false;\noverride recurrent_dropout: bool = false;\n\nstruct Params {\n  batch: u32,\n  hidden: u32,\n  steps: u32,\n  begin: u32,\n  end: u32,\n  spread: u32,\n  reverse: u32,    // the forward pass ran from the last time step to the first\n  has_carry: u32,  // 0: the last state has no gradient, and the carry is not read at first\n  has_dout: u32,\n  has_mask: u32,\n  dout_offset: u32,\n  dout_batch: u32,\n  dout_time: u32,\n  dout_unit: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> dpre: array<f32>;\n@group(0) @binding(2) var<storage, read> wh: array<f32>;\n@group(0) @binding(3) var<storage, read> h: array<f32>;\n@group(0) @binding(4) var<storage, read> dout: array<f32>;  // optional\n@group(0) @binding(5) var<storage, read_write> dh_carry: array<f32>;\n@group(0) @binding(6) var<storage, read> mask: array<i32>;  // optional\n@group(0) @binding(7) var<storage, read> keep: array<f32>;  // optional\n\nfn cell(b: u32, j: u32, m: u32, time: u32, after: u32, from_next: f32) {\n  if (b >= params.batch) { return; }\n  let H = params.hidden;\n  let carry = b * H + j;\n  var dh = from_next;\n  if (recurrent_dropout) { dh *= keep[carry]; }\n  if (m > 0u || params.has_carry == 1u) { dh += dh_carry[carry]; }\n  if (m == params.steps) {\n    dh_carry[carry] = dh;\n    return;\n  }\n  if (params.has_dout == 1u) {\n    dh += dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];\n  }\n  let at = (time * params.batch + b) * H + j;\n  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {\n    dpre[at] = 0.0;\n    dh_carry[carry] = dh;\n    return;\n  }\n  let v = h[(after * params.batch + b) * H + j];\n  dpre[at] = dh * select(1.0 - v * v, select(1.0, 0.0, v <= 0.0), relu);\n  dh_carry[carry] = 0.0;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn rnn_sequence_backward(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {\n  let H = params.hidden;\n  let b = group.x * 4u;\n  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));\n  for (var m = params.begin; m < params.end; m++) {\n    // The step's time and that of the step after it; where there is none, they are not used.\n    let n = max(params.steps, m + 1u) - 1u - m;\n    let time = select(n, params.steps - 1u - n, params.reverse == 1u);\n    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);\n    let next_time = select(params.steps - m, max(m, 1u) - 1u, params.reverse == 1u);\n    let at = (select(0u, next_time, m > 0u) * params.batch + rows) * H;\n    for (var j = thread + 64u * group.y; j < H; j += 64u * params.spread) {\n      var sum = vec4<f32>();  // Whᵀ·dpre_next of unit j, one per sequence\n      for (var k = 0u; k < select(0u, H, m > 0u); k++) {\n        let i = at + k;\n        sum += wh[k * H + j] * vec4<f32>(dpre[i.x], dpre[i.y], dpre[i.z], dpre[i.w]);\n      }\n      cell(b, j, m, time, after, sum.x);\n      cell(b + 1u, j, m, time, after, sum.y);\n      cell(b + 2u, j, m, time, after, sum.z);\n      cell(b + 3u, j, m, time, after, sum.w);\n    }\n    storageBarrier();\n  }\n}\n",
  },
  sgd: {
    name: "sgd",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "offset", offset: 4, type: "u32", length: 1 },
      { name: "row", offset: 8, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "p", access: "read_write", type: "f32", optional: false },
      { name: "g", access: "read", type: "f32", optional: false },
      { name: "m", access: "read_write", type: "f32", optional: false },
      { name: "settings", access: "read", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// sgd: one step of gradient descent with momentum over a flat arena of parameters.\n//\n//   g = g + decay · p\n//   m = μ m + share · g\n//   p = p + by_m · m + by_g · g\n//\n//   p, g, m   [size]     parameters, gradients and momentum, side by side in three arenas\n//   settings  [rows, 8]  decay, μ, share, by_m, by_g; a row per group and step count\n//\n// The formulas of PyTorch and Keras, with and without Nesterov's look ahead, differ in these factors only\n// (src/optim/sgd.ts). They come from the settings buffer, since they may change from step to step.\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none.   CPU twin: src/backend/cpu/sgd.ts.\n// Source: Sutskever, Martens, Dahl & Hinton 2013.\n\nstruct Params {\n  count: u32,\n  offset: u32,\n  row: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> p: array<f32>;\n@group(0) @binding(2) var<storage, read> g: array<f32>;\n@group(0) @binding(3) var<storage, read_write> m: array<f32>;\n@group(0) @binding(4) var<storage, read> settings: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn sgd(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let n = id.x + id.y * groups.x * 64u;\n  if (n >= params.count) { return; }\n  let i = params.offset + n;\n  let s = params.row * 8u;\n  let decay = settings[s];\n  let momentum = settings[s + 1u];\n  let share = settings[s + 2u];\n  let by_m = settings[s + 3u];\n  let by_g = settings[s + 4u];\n  let gradient = g[i] + decay * p[i];\n  m[i] = momentum * m[i] + share * gradient;\n  p[i] = p[i] + by_m * m[i] + by_g * gradient;\n}\n",
  },
  softmax: {
    name: "softmax",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "x_offset", offset: 12, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// softmax: each row as weights that add up to 1.\n//\n//   out[r, c] = e^(x[r, c] − m) / Σ_k e^(x[r, k] − m)        m = the largest x of the row\n//\n//   x    [rows, columns]  contiguous\n//   out  [rows, columns]  contiguous\n//\n// Elements at or below −1e38 are masked: their weight is 0, and a row with nothing else gives zeros.\n//\n// `lanes` neighbouring threads serve one row, so a workgroup of 64 serves 64 / lanes rows. Short rows take lanes = 1:\n// then no thread waits for another, which is what processors that run shaders are slow at.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64.\n// Gradient: softmax_backward.wgsl.   CPU twin: src/backend/cpu/softmax.ts.\n// Source: Milakov & Gimelshein 2018 (the safe form, three passes).\n\nstruct Params {\n  rows: u32,\n  columns: u32,\n  lanes: u32,\n  x_offset: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read_write> out: array<f32>;\n\nconst MASKED = -1.0e38;\nconst LOWEST = -3.0e38;\n\nvar<workgroup> partial: array<f32, 64>;\n\n// Some drivers' max, exp and log lose NaN, and what went wrong must not look right. Drivers optimise v != v away; the\n// bits tell.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\nfn weight(v: f32, largest: f32) -> f32 {\n  if (v <= MASKED) { return 0.0; }\n  if (is_nan(v)) { return v; }\n  return exp(v - largest);\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn softmax(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n           @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;\n  let lane = local % lanes;\n  let first = local - lane;  // the thread that ends up with the row's result\n  let end = select(0u, params.columns, row < params.rows);\n  let base = params.x_offset + row * params.columns;\n\n  var largest = LOWEST;\n  for (var c = lane; c < end; c += lanes) { largest = max(largest, x[base + c]); }\n  if (lanes > 1u) {\n    partial[local] = largest;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] = max(partial[local], partial[local + half]); }\n      workgroupBarrier();\n    }\n    largest = partial[first];\n    workgroupBarrier();\n  }\n\n  var sum = 0.0;\n  for (var c = lane; c < end; c += lanes) { sum += weight(x[base + c], largest); }\n  if (lanes > 1u) {\n    partial[local] = sum;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    sum = partial[first];\n  }\n\n  let scale = select(1.0 / sum, 0.0, sum == 0.0);\n  for (var c = lane; c < end; c += lanes) {\n    out[row * params.columns + c] = weight(x[base + c], largest) * scale;\n  }\n}\n",
  },
  softmax_backward: {
    name: "softmax_backward",
    workgroup: [64, 1, 1],
    paramsSize: 32,
    params: [
      { name: "rows", offset: 0, type: "u32", length: 1 },
      { name: "columns", offset: 4, type: "u32", length: 1 },
      { name: "lanes", offset: 8, type: "u32", length: 1 },
      { name: "dout_offset", offset: 12, type: "u32", length: 1 },
      { name: "accumulate", offset: 16, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "y", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dx", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// softmax_backward: the gradient of softmax.\n//\n//   dx[r, c] = y[r, c] · (dout[r, c] − Σ_k dout[r, k] · y[r, k])\n//\n//   y     [rows, columns]  the output of softmax, contiguous\n//   dout  [rows, columns]  the gradient of the output, contiguous\n//   dx    [rows, columns]  contiguous; added to when accumulate is 1\n//\n// Masked elements have y = 0 and so get no gradient. Threads share rows as in softmax.wgsl.\n//\n// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/softmax_backward.ts.\n\nstruct Params {\n  rows: u32,\n  columns: u32,\n  lanes: u32,\n  dout_offset: u32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> y: array<f32>;\n@group(0) @binding(2) var<storage, read> dout: array<f32>;\n@group(0) @binding(3) var<storage, read_write> dx: array<f32>;\n\nvar<workgroup> partial: array<f32, 64>;\n\n@compute @workgroup_size(64, 1, 1)\nfn softmax_backward(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n                    @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;\n  let lane = local % lanes;\n  let end = select(0u, params.columns, row < params.rows);\n  let base = row * params.columns;\n  let dout_base = params.dout_offset + base;\n\n  var sum = 0.0;\n  for (var c = lane; c < end; c += lanes) { sum += dout[dout_base + c] * y[base + c]; }\n  if (lanes > 1u) {\n    partial[local] = sum;\n    workgroupBarrier();\n    for (var half = lanes / 2u; half > 0u; half /= 2u) {\n      if (lane < half) { partial[local] += partial[local + half]; }\n      workgroupBarrier();\n    }\n    sum = partial[local - lane];\n  }\n\n  for (var c = lane; c < end; c += lanes) {\n    let d = y[base + c] * (dout[dout_base + c] - sum);\n    if (params.accumulate == 1u) { dx[base + c] += d; } else { dx[base + c] = d; }\n  }\n}\n",
  },
  unary: {
    name: "unary",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "x_offset", offset: 4, type: "u32", length: 1 },
      { name: "accumulate", offset: 8, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "x_strides", offset: 32, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }],
    source: "// unary: one function applied to every element.\n//\n//   out[i] = f(x[i])\n//\n// NaN stays NaN; the logarithm is −∞ at 0 and, as the square root, NaN below.\n//\n//   x    [shape]  read through strides, so transposed and sliced views need no copy\n//   out  [count]  contiguous; added to when accumulate is 1\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: unary_backward.wgsl.   CPU twin: src/backend/cpu/unary.ts.\n// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26 (absolute error 1.5e-7).\n\noverride operation: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  x_offset: u32,\n  accumulate: u32,\n  shape: vec4<u32>,\n  x_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read_write> out: array<f32>;\n\nconst SQRT_HALF = 0.7071067811865476;\nconst SQRT_2_OVER_PI = 0.7978845608028654;\n\n// Position of element i of a [shape] tensor in a buffer with these strides.\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x0 = i / (s.w * s.z * s.y);\n  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\n// max, clamp and, on some drivers, exp and log lose NaN, and what went wrong must not look right. Drivers optimise\n// v != v away; the bit pattern tells.\nfn is_nan(v: f32) -> bool {\n  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;\n}\n\n// WGSL does not let a constant be NaN or infinite, so these are made from bits.\nfn special(bits: u32) -> f32 {\n  return bitcast<f32>(bits);\n}\n\n// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.\nfn safe_tanh(v: f32) -> f32 {\n  return tanh(clamp(v, -15.0, 15.0));\n}\n\nfn sigmoid(v: f32) -> f32 {\n  return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0)));\n}\n\nfn erf(v: f32) -> f32 {\n  let t = 1.0 / (1.0 + 0.3275911 * abs(v));\n  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));\n  return sign(v) * (1.0 - series * exp(-v * v));\n}\n\nfn f(v: f32) -> f32 {\n  if (is_nan(v)) { return v; }\n  switch operation {\n    case 0u: { return -v; }\n    case 1u: { return exp(v); }\n    case 2u: {\n      if (v > 0.0) { return log(v); }\n      return special(select(0x7fc00000u, 0xff800000u, v == 0.0));\n    }\n    case 3u: {\n      if (v < 0.0) { return special(0x7fc00000u); }\n      return sqrt(v);\n    }\n    case 4u: { return v * v; }\n    case 5u: { return abs(v); }\n    case 6u: { return max(v, 0.0); }\n    case 7u: { return sigmoid(v); }\n    case 8u: { return safe_tanh(v); }\n    case 9u: { return 0.5 * v * (1.0 + erf(v * SQRT_HALF)); }\n    case 10u: { return 0.5 * v * (1.0 + safe_tanh(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v))); }\n    case 11u: { return v * sigmoid(v); }\n    case 12u: { return max(v, 0.0) + log(1.0 + exp(-abs(v))); }\n    case 13u: { return 1.0 / v; }\n    case 14u: { return sin(v); }\n    case 15u: { return cos(v); }\n    case 16u: { return floor(v); }\n    case 17u: { return sign(v); }\n    default: { return v; }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn unary(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let v = f(x[params.x_offset + at(i, params.x_strides)]);\n  if (params.accumulate == 1u) { out[i] += v; } else { out[i] = v; }\n}\n",
  },
  unary_backward: {
    name: "unary_backward",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "x_offset", offset: 4, type: "u32", length: 1 },
      { name: "dout_offset", offset: 8, type: "u32", length: 1 },
      { name: "accumulate", offset: 12, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "x_strides", offset: 32, type: "u32", length: 4 },
      { name: "dout_strides", offset: 48, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "y", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dx", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }],
    source: "// unary_backward: the gradient of unary.\n//\n//   dx[i] = dout[i] · f'(x[i])        with f' written with y = f(x) where that is simpler\n//\n//   x     [shape]  the input, read through strides\n//   y     [count]  the output, contiguous\n//   dout  [shape]  the gradient of the output, read through strides\n//   dx    [count]  contiguous; added to when accumulate is 1\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/unary_backward.ts.\n// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26.\n\noverride operation: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  x_offset: u32,\n  dout_offset: u32,\n  accumulate: u32,\n  shape: vec4<u32>,\n  x_strides: vec4<u32>,\n  dout_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> y: array<f32>;\n@group(0) @binding(3) var<storage, read> dout: array<f32>;\n@group(0) @binding(4) var<storage, read_write> dx: array<f32>;\n\nconst SQRT_HALF = 0.7071067811865476;\nconst INV_SQRT_2PI = 0.3989422804014327;\nconst SQRT_2_OVER_PI = 0.7978845608028654;\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y0 = (i / (s.w * s.z)) % s.y;\n  let x0 = i / (s.w * s.z * s.y);\n  return x0 * strides.x + y0 * strides.y + z * strides.z + w * strides.w;\n}\n\nfn safe_tanh(v: f32) -> f32 {\n  return tanh(clamp(v, -15.0, 15.0));\n}\n\nfn sigmoid(v: f32) -> f32 {\n  return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0)));\n}\n\nfn erf(v: f32) -> f32 {\n  let t = 1.0 / (1.0 + 0.3275911 * abs(v));\n  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));\n  return sign(v) * (1.0 - series * exp(-v * v));\n}\n\nfn slope(v: f32, out: f32) -> f32 {\n  switch operation {\n    case 0u: { return -1.0; }\n    case 1u: { return out; }\n    case 2u: { return 1.0 / v; }\n    case 3u: { return 0.5 / out; }\n    case 4u: { return 2.0 * v; }\n    case 5u: { return sign(v); }\n    case 6u: { return select(0.0, 1.0, v > 0.0); }\n    case 7u: { return out * (1.0 - out); }\n    case 8u: { return 1.0 - out * out; }\n    case 9u: { return 0.5 * (1.0 + erf(v * SQRT_HALF)) + v * INV_SQRT_2PI * exp(-0.5 * v * v); }\n    case 10u: {\n      let t = safe_tanh(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v));\n      return 0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * SQRT_2_OVER_PI * (1.0 + 0.134145 * v * v);\n    }\n    case 11u: {\n      let s = sigmoid(v);\n      return s * (1.0 + v * (1.0 - s));\n    }\n    case 12u: { return sigmoid(v); }\n    case 13u: { return -out * out; }\n    case 14u: { return cos(v); }\n    case 15u: { return -sin(v); }\n    default: { return 0.0; }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn unary_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let v = x[params.x_offset + at(i, params.x_strides)];\n  let d = dout[params.dout_offset + at(i, params.dout_strides)] * slope(v, y[i]);\n  if (params.accumulate == 1u) { dx[i] += d; } else { dx[i] = d; }\n}\n",
  },
  where_select: {
    name: "where_select",
    workgroup: [64, 1, 1],
    paramsSize: 80,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "condition_offset", offset: 4, type: "u32", length: 1 },
      { name: "a_offset", offset: 8, type: "u32", length: 1 },
      { name: "b_offset", offset: 12, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "condition_strides", offset: 32, type: "u32", length: 4 },
      { name: "a_strides", offset: 48, type: "u32", length: 4 },
      { name: "b_strides", offset: 64, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "condition", access: "read", type: "i32", optional: false },
      { name: "a", access: "read", type: "words", optional: false },
      { name: "b", access: "read", type: "words", optional: false },
      { name: "out", access: "read_write", type: "words", optional: false },
    ],
    overrides: [],
    source: "// where_select: elements of one tensor or of another, as a condition says, with broadcasting.\n//\n//   out[i] = condition[i] ≠ 0 ? a[i] : b[i]\n//\n//   condition  [shape]  i32;                    all three read through strides, 0 repeats an axis (broadcasting)\n//   a, b       [shape]  f32 or i32, both alike\n//   out        [count]  contiguous, of the type of a and b\n//\n// The op is called `where`, a word that WGSL reserves. Elements move as u32 words, because some GPUs flush small\n// integers that travel as floats.\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: itself, with zeros in the place of the other operand (src/ops/where.ts).\n// CPU twin: src/backend/cpu/where_select.ts.\n\nstruct Params {\n  count: u32,\n  condition_offset: u32,\n  a_offset: u32,\n  b_offset: u32,\n  shape: vec4<u32>,\n  condition_strides: vec4<u32>,\n  a_strides: vec4<u32>,\n  b_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> condition: array<i32>;\n@group(0) @binding(2) var<storage, read> a: array<u32>;  // words\n@group(0) @binding(3) var<storage, read> b: array<u32>;  // words\n@group(0) @binding(4) var<storage, read_write> out: array<u32>;  // words\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x = i / (s.w * s.z * s.y);\n  return x * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn where_select(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  if (condition[params.condition_offset + at(i, params.condition_strides)] != 0) {\n    out[i] = a[params.a_offset + at(i, params.a_strides)];\n  } else {\n    out[i] = b[params.b_offset + at(i, params.b_strides)];\n  }\n}\n",
  },
};
