import type { KernelName } from "../backend.ts";
import type { Profiler } from "./profiler.ts";
import type { ReadbackSlot } from "./readback.ts";

/** A dispatch, recorded until its step is submitted. */
export interface Launch {
  readonly kernel: KernelName;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  /** Byte offset of its params in the uniform ring. */
  readonly uniforms: number;
  readonly groups: readonly [number, number, number];
}

/** A copy into memory that the host can map. */
export interface ReadCopy {
  readonly source: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
  readonly slot: ReadbackSlot;
}

export type Command = Launch | ReadCopy;

/** A dynamic offset on its way into setBindGroup; an array for each would be garbage. */
const slot = new Uint32Array(1);

/** The commands of one submit: all launches between two copies share a pass, unless each is timed. */
export function encode(
  device: GPUDevice,
  commands: readonly Command[],
  profiler: Profiler | null = null,
): GPUCommandBuffer {
  const encoder = device.createCommandEncoder();
  let pass: GPUComputePassEncoder | null = null;
  let current: GPUComputePipeline | null = null;
  for (const command of commands) {
    if ("slot" in command) {
      pass?.end();
      pass = null;
      current = null;
      encoder.copyBufferToBuffer(command.source, command.offset, command.slot.gpu, 0, command.bytes);
      continue;
    }
    // Timestamps are per pass, so a profiled launch has a pass of its own.
    if (profiler) {
      pass?.end();
      current = null;
      pass = encoder.beginComputePass(profiler.time(command.kernel));
    } else pass ??= encoder.beginComputePass();
    const { pipeline, group, uniforms, groups } = command;
    if (pipeline !== current) pass.setPipeline(pipeline);
    current = pipeline;
    slot[0] = uniforms;
    pass.setBindGroup(0, group, slot, 0, 1);
    pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  }
  pass?.end();
  profiler?.resolve(encoder);
  return encoder.finish();
}
