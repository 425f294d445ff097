import { DeviceError } from "../../errors.ts";
import type { KernelName } from "../backend.ts";
import { type Command, encode } from "./commands.ts";

/**
 * What went wrong on the GPU. WebGPU reports errors late and apart from the call that caused them, and a refused
 * submit leaves zeros behind; here each is kept with the kernel's name, and thrown by whatever is awaited next.
 */
export class Faults {
  readonly #device: GPUDevice;
  /** The first failure; everything after it is a consequence. */
  #failure: DeviceError | null = null;
  /** Resolves when the scopes closed so far have answered, and a refused launch has been named. */
  #checked: Promise<unknown> = Promise.resolve();

  constructor(device: GPUDevice) {
    this.#device = device;
    device.lost.then(({ reason, message }) =>
      this.note(
        `the GPU device was lost (${reason || "unknown"}): ${message.trim()}; open it again, or use the CPU`,
      ),
    );
    // Whatever no scope catches, such as memory that the driver could not give.
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.note(event.error.message.trim());
    });
  }

  note(message: string): void {
    this.#failure ??= new DeviceError(`webgpu: ${message}`);
  }

  /** Throws the failure, if there is one. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Makes a pipeline or a bind group; what the device has against it is noted with the kernel's name. */
  guard<T>(kernel: KernelName, make: () => T): T {
    this.#device.pushErrorScope("validation");
    const made = make();
    this.#answer((message) => this.note(`the device refused kernel ${kernel}: ${message}`));
    return made;
  }

  /** Encodes and submits; if the device refuses, each launch is encoded again on its own, to name the kernel. */
  submit(commands: readonly Command[], encoded: () => GPUCommandBuffer): void {
    this.#device.pushErrorScope("validation");
    this.#device.queue.submit([encoded()]);
    this.#answer((message) => this.#diagnose(commands, message));
  }

  /** Closes a scope; what it caught is noted before `outcome` of anything asked for from now on. */
  #answer(note: (message: string) => void | Promise<void>): void {
    const answer = this.#device.popErrorScope().then(
      (error) => (error ? note(error.message.trim()) : undefined),
      () => undefined, // a lost device has a message of its own
    );
    this.#checked = Promise.all([this.#checked, answer]);
  }

  async #diagnose(commands: readonly Command[], message: string): Promise<void> {
    for (const command of commands) {
      if ("slot" in command) continue;
      this.#device.pushErrorScope("validation");
      encode(this.#device, [command]);
      const error = await this.#device.popErrorScope();
      if (!error) continue;
      this.note(`the device refused a launch of kernel ${command.kernel}: ${error.message.trim()}`);
      return;
    }
    this.note(`the device refused a submit: ${message}`);
  }

  /** What `work` gives; throws instead when anything submitted before it failed. */
  async outcome<T>(work: Promise<T>): Promise<T> {
    const checked = this.#checked;
    let result: T;
    try {
      result = await work;
    } catch (error) {
      await checked;
      // A lost device says so soon after its promises reject.
      if (!this.#failure) await Promise.race([this.#device.lost, new Promise((r) => setTimeout(r, 100))]);
      this.note(`the device gave no result: ${(error as Error).message}`);
      throw this.#failure;
    }
    await checked;
    this.check();
    return result;
  }
}
