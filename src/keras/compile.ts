import { checkOptions, ValueError } from "../errors.ts";
import { type LossFunction, type LossName, resolveLoss } from "./losses.ts";
import { type Metric, type MetricName, resolveMetric } from "./metrics.ts";
import { type Optimizer, type OptimizerName, resolveOptimizer } from "./optimizers.ts";
import type { Compiled } from "./training.ts";

/** What `compile` takes. */
export interface CompileOptions {
  /** "rmsprop", as in Keras. */
  optimizer?: OptimizerName | Optimizer;
  loss: LossName | LossFunction;
  metrics?: readonly (MetricName | Metric)[];
}

/** The settings behind names; throws a ValueError with the nearest name for an unknown one. */
export function resolveCompile(options: CompileOptions): Compiled {
  checkOptions("compile", options, ["optimizer", "loss", "metrics"]);
  const { optimizer = "rmsprop", loss, metrics = [] } = options;
  if (loss === undefined) throw new ValueError('compile: no loss was given, such as "binary_crossentropy"');
  const resolved = metrics.map(resolveMetric);
  const names = resolved.map(({ name }) => name);
  const twice = names.find((name, i) => name === "loss" || names.indexOf(name) !== i);
  if (twice) throw new ValueError(`compile: two metrics are named "${twice}"; give one another name`);
  return { optimizer: resolveOptimizer(optimizer), loss: resolveLoss(loss), metrics: resolved };
}
