/** Kernels whose workgroups are more than 65,535 fold into a second row of the grid. */
import { KERNELS } from "../../src/backend/kernels.generated.ts";
import { DISPATCH } from "../../src/backend/webgpu/dispatch.ts";
import { attentionKernelCases } from "./attention_kernels.ts";
import { assert, type DeviceCase, testNumbers } from "./case.ts";
import { dropoutCases } from "./dropout.ts";
import { elementwiseKernelCases } from "./elementwise_kernels.ts";
import { embeddingCases } from "./embedding.ts";
import { launchCase, output } from "./launch.ts";
import { layerNormCases } from "./layer_norm.ts";
import { lossKernelCases } from "./loss_kernels.ts";
import { matmulCases } from "./matmul.ts";
import { optimCases } from "./optim.ts";
import { optimizersCases } from "./optimizers.ts";
import { quantizedCases } from "./quantized.ts";
import { residualCases } from "./residual.ts";
import { rowKernelCases } from "./row_kernels.ts";

/** Launches of kernels whose other cases fit one workgroup. */
const larger = [
  launchCase(
    "convert",
    "200 elements",
    { to_integer: false, count: 200, x_offset: 0, shape: [1, 1, 1, 200], x_strides: [0, 0, 0, 1] },
    { x: Int32Array.from({ length: 200 }, (_, i) => 7 * i), out: output(200) },
  ),
  launchCase(
    "cross_entropy_direct",
    "200 rows",
    { rows: 200, classes: 2, logits_offset: 0, targets_offset: 0, ignore_index: -100, smoothing: 0 },
    {
      logits: testNumbers(400),
      targets: Int32Array.from({ length: 200 }, (_, i) => i % 2),
      loss: output(200),
      lse: output(200),
      correct: output(200),
    },
  ),
  launchCase(
    "where_select",
    "200 elements",
    {
      count: 200,
      condition_offset: 0,
      a_offset: 0,
      b_offset: 0,
      shape: [1, 1, 1, 200],
      condition_strides: [0, 0, 0, 1],
      a_strides: [0, 0, 0, 1],
      b_strides: [0, 0, 0, 0],
    },
    {
      condition: Int32Array.from({ length: 200 }, (_, i) => i % 3),
      a: testNumbers(200),
      b: testNumbers(1),
      out: output(200),
    },
  ),
];

const launches = [
  ...larger,
  ...elementwiseKernelCases,
  ...rowKernelCases,
  ...attentionKernelCases,
  ...dropoutCases,
  ...matmulCases,
  ...embeddingCases,
  ...layerNormCases,
  ...lossKernelCases,
  ...optimCases,
  ...optimizersCases,
  ...quantizedCases,
  ...residualCases,
];

/** Kernels that count workgroups, or threads, over two axes. */
const folding = Object.values(KERNELS).filter(({ source }) =>
  /group\.x \+ group\.y \* groups\.x|id\.x \+ id\.y \* groups\.x/.test(source),
);

const dispatch = DISPATCH as Record<string, (params: never) => readonly number[]>;

export const foldedCases: DeviceCase[] = folding.map(({ name: kernel }) => ({
  name: `sizes: the workgroups of ${kernel} fold`,
  async run(device) {
    // 4.2 million elements are slow on a software adapter, so the fold comes at three workgroups instead.
    const original = dispatch[kernel];
    let folded = false;
    dispatch[kernel] = (params) => {
      const [x, y, z] = original(params);
      if (x < 2 || y > 1 || z > 1) return [x, y, z];
      folded = true;
      return [Math.ceil(x / 3), 3, 1];
    };
    try {
      for (const launch of launches)
        if (!folded && launch.name.startsWith(`kernel ${kernel}:`)) await launch.run(device);
    } finally {
      dispatch[kernel] = original;
    }
    assert(folded || device.kind === "cpu", `no case of ${kernel} has more than one workgroup`);
  },
}));
