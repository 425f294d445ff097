import { attentionCases } from "./attention.ts";
import { attentionKernelCases } from "./attention_kernels.ts";
import { backendCases } from "./backend.ts";
import type { DeviceCase } from "./case.ts";
import { viewCases } from "./views.ts";
import { softmaxCases } from "./softmax.ts";
import { rowKernelCases } from "./row_kernels.ts";
import { reductionCases } from "./reductions.ts";
import { elementwiseKernelCases } from "./elementwise_kernels.ts";
import { elementwiseCases } from "./elementwise.ts";
import { einsumCases } from "./einsum.ts";
import { dropoutCases } from "./dropout.ts";
import { compressionCases } from "./compression.ts";
import { createCases } from "./create.ts";
import { generationCases } from "./generation.ts";
import { gruCases } from "./gru.ts";
import { imdbCases } from "./imdb.ts";
import { kerasCases } from "./keras.ts";
import { lstmCases } from "./lstm.ts";
import { lstmDropoutCases } from "./lstm_dropout.ts";
import { embeddingCases } from "./embedding.ts";
import { exampleCases } from "./example.ts";
import { foldedCases } from "./folded.ts";
import { layerNormCases } from "./layer_norm.ts";
import { lossKernelCases } from "./loss_kernels.ts";
import { lossCases } from "./losses.ts";
import { matmulCases } from "./matmul.ts";
import { metricCountsCases } from "./metric_counts.ts";
import { motsCases } from "./mots.ts";
import { multiheadAttentionCases } from "./multihead_attention.ts";
import { nanCases } from "./nan.ts";
import { nnCases } from "./nn.ts";
import { optimisationCases } from "./optimisation.ts";
import { optimCases } from "./optim.ts";
import { optimizersCases } from "./optimizers.ts";
import { quantizedCases } from "./quantized.ts";
import { residualCases } from "./residual.ts";
import { rnnCases } from "./rnn.ts";
import { pariteCases } from "./parite.ts";
import { translationCases } from "./translation.ts";
import { schedulesCases } from "./schedules.ts";
import { trainingCases } from "./training.ts";
import { transformerCases } from "./transformer.ts";
import { transformerTrainingCases } from "./transformer_training.ts";
import { transformerCourseCases } from "./transformer_course.ts";

export type { DeviceCase } from "./case.ts";

/** Every device case, in the order in which the runtimes run them. */
export const cases: readonly DeviceCase[] = [
  ...backendCases,
  ...foldedCases,
  ...createCases,
  ...elementwiseKernelCases,
  ...rowKernelCases,
  ...elementwiseCases,
  ...reductionCases,
  ...viewCases,
  ...softmaxCases,
  ...dropoutCases,
  ...einsumCases,
  ...matmulCases,
  ...lstmCases,
  ...gruCases,
  ...rnnCases,
  ...lstmDropoutCases,
  ...attentionKernelCases,
  ...attentionCases,
  ...multiheadAttentionCases,
  ...embeddingCases,
  ...layerNormCases,
  ...residualCases,
  ...lossKernelCases,
  ...lossCases,
  ...metricCountsCases,
  ...nanCases,
  ...nnCases,
  ...quantizedCases,
  ...compressionCases,
  ...optimCases,
  ...optimizersCases,
  ...schedulesCases,
  ...generationCases,
  ...transformerCases,
  ...transformerTrainingCases,
  ...trainingCases,
  ...kerasCases,
  ...exampleCases,
  ...pariteCases,
  ...translationCases,
  ...motsCases,
  ...imdbCases,
  ...optimisationCases,
  ...transformerCourseCases,
];
