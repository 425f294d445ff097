import type { DeviceCase } from "./case.ts";
import { lstmCases } from "./lstm.ts";
import { embeddingCases } from "./embedding.ts";
import { lossKernelCases } from "./loss_kernels.ts";
import { lossCases } from "./losses.ts";
import { matmulCases } from "./matmul.ts";
import { nnCases } from "./nn.ts";
import { optimCases } from "./optim.ts";
import { trainingCases } from "./training.ts";

export type { DeviceCase } from "./case.ts";

/** Every device case, in the order in which the runtimes run them. */
export const cases: readonly DeviceCase[] = [
  ...matmulCases,
  ...lstmCases,
  ...embeddingCases,
  ...lossKernelCases,
  ...lossCases,
  ...nnCases,
  ...optimCases,
  ...trainingCases,
];
