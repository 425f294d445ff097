import { ValueError } from "../errors.ts";
import { Linear } from "./linear.ts";
import type { Module } from "./module.ts";
import { QuantizedLinear } from "./quantized_linear.ts";

/** What `quantizeDynamic` did, in bytes on the device. */
export interface QuantizationReport {
  /** One entry per layer that was replaced, by its dotted name. */
  readonly layers: readonly { name: string; bytesBefore: number; bytesAfter: number }[];
  /** Of the whole module, layers that stay f32 included. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/**
 * Bytes that a module's parameters and buffers take. Counting elements instead (`numel`) says nothing about
 * quantization: an int8 is still one element.
 */
export function moduleBytes(module: Module): number {
  const parameters = module.parameters().reduce((total, parameter) => total + 4 * parameter.size, 0);
  return module.namedBuffers().reduce((total, [, buffer]) => total + buffer.bytes, parameters);
}

/**
 * Replaces every Linear within a module by its QuantizedLinear, in place, as torch.ao.quantization.quantize_dynamic
 * with `per_channel_dynamic_qconfig` and `inplace=True`; names in the state dict stay, the scales come as
 * `weight_scale`. The projections of MultiheadAttention stay f32, as in PyTorch; so do embeddings, norms and
 * recurrent layers. To load a saved quantized model: build it, quantize it, then `loadStateDict`. For inference; the
 * layers refuse gradients. Throws a ValueError when there is no Linear to replace.
 */
export function quantizeDynamic(module: Module): QuantizationReport {
  const bytesBefore = moduleBytes(module);
  // A layer that stands in two places becomes one layer that stands in two places.
  const made = new Map<Module, QuantizedLinear>();
  const layers: { name: string; bytesBefore: number; bytesAfter: number }[] = [];
  for (const [path, parent] of module.namedModules()) {
    if (isAttention(parent)) continue;
    for (const [name, child] of parent.children()) {
      if (!(child instanceof Linear)) continue;
      let quantized = made.get(child);
      if (!quantized) {
        quantized = QuantizedLinear.from(child);
        quantized.training = child.training;
        made.set(child, quantized);
        layers.push({
          name: path ? `${path}.${name}` : name,
          bytesBefore: moduleBytes(child),
          bytesAfter: moduleBytes(quantized),
        });
      }
      parent.replaceChild(name, quantized);
    }
  }
  if (layers.length === 0)
    throw new ValueError(
      module instanceof Linear
        ? "quantizeDynamic: a Linear has no parent to be replaced in; use QuantizedLinear.from(linear)"
        : "quantizeDynamic: this module has no Linear layer within",
    );
  return { layers, bytesBefore, bytesAfter: moduleBytes(module) };
}

/** Attention reads its output projection's weight itself, for a fused launch. */
function isAttention(module: Module): boolean {
  return module.namedParameters().some(([name]) => name === "in_proj_weight" || name === "q_proj_weight");
}
