import { type Device, getDevice } from "../device.ts";
import { FileFormatError } from "../errors.ts";
import { formatShape, type Shape, sameShape } from "../shape.ts";
import { Parameter } from "../tensor.ts";

/** Values of parameters by PyTorch's names, as safetensors and checkpoints hold them. */
export type StateDict = Map<
  string,
  { shape: number[]; dtype: "f32" | "i32" | "i8"; data: Float32Array | Int32Array | Int8Array }
>;

/** Numbers that belong to a module's state and that no optimizer trains, such as int8 weights. */
export interface ModuleBuffer {
  readonly shape: Shape;
  readonly dtype: "f32" | "i8";
  /** What they take on the device. */
  readonly bytes: number;
  read(): Promise<Float32Array | Int8Array>;
  write(values: ArrayLike<number>): void;
}

/** What every layer's options may hold. */
export interface ModuleOptions {
  /** Where the parameters live; the default device when left out. */
  device?: Device;
}

/** The device of a module's options. */
export function moduleDevice(options: ModuleOptions): Device {
  return options.device ?? getDevice();
}

/**
 * Base class of layers and models, as torch.nn.Module: parameters and modules held in fields (or arrays of modules)
 * are found by themselves, and their names are the field names.
 */
export abstract class Module {
  /** Dropout is active while true; see `train` and `eval`. */
  training = true;
  readonly #registered = new Map<string, Parameter>();
  readonly #buffers = new Map<string, ModuleBuffer>();

  /** Adds a parameter under a name that is not a field's, such as PyTorch's `weight_ih_l0`. */
  protected register(name: string, parameter: Parameter): Parameter {
    this.#registered.set(name, parameter);
    return parameter;
  }

  /** Adds numbers that are saved and loaded with the parameters but not trained. */
  protected registerBuffer(name: string, buffer: ModuleBuffer): void {
    this.#buffers.set(name, buffer);
  }

  /** Puts another module in the place of a child, by the child's name in `children()`. */
  replaceChild(name: string, module: Module): void {
    const [field, position] = name.split(".");
    const fields = this as unknown as Record<string, Module | Module[]>;
    const held = fields[field];
    if (Array.isArray(held)) held[Number(position)] = module;
    else fields[field] = module;
  }

  /** Modules held directly in this one, by field name. */
  children(): [string, Module][] {
    const found: [string, Module][] = [];
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) found.push([name, value]);
      else if (Array.isArray(value))
        value.forEach((item, i) => {
          if (item instanceof Module) found.push([`${name}.${i}`, item]);
        });
    }
    return found;
  }

  /** This module and all within it, by dotted name; its own name is "". */
  namedModules(prefix = ""): [string, Module][] {
    const found: [string, Module][] = [[prefix, this]];
    for (const [name, child] of this.children())
      found.push(...child.namedModules(prefix ? `${prefix}.${name}` : name));
    return found;
  }

  /** All parameters by dotted name, each tied one once. */
  namedParameters(): [string, Parameter][] {
    const seen = new Set<Parameter>();
    const found: [string, Parameter][] = [];
    const add = (name: string, parameter: Parameter): void => {
      if (seen.has(parameter)) return;
      seen.add(parameter);
      found.push([name, parameter]);
    };
    for (const [path, module] of this.namedModules()) {
      const prefix = path ? `${path}.` : "";
      for (const [name, parameter] of module.#registered) add(prefix + name, parameter);
      for (const [name, value] of Object.entries(module))
        if (value instanceof Parameter) add(prefix + name, value);
    }
    return found;
  }

  /** All parameters, each once. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Numbers beside the parameters, by dotted name, those of a shared module once; see `registerBuffer`. */
  namedBuffers(): [string, ModuleBuffer][] {
    const found = new Map<ModuleBuffer, string>();
    for (const [path, module] of this.namedModules())
      for (const [name, buffer] of module.#buffers)
        if (!found.has(buffer)) found.set(buffer, path ? `${path}.${name}` : name);
    return Array.from(found, ([buffer, name]) => [name, buffer]);
  }

  /** Number of trained numbers. */
  countParameters(): number {
    return this.parameters().reduce((total, parameter) => total + parameter.size, 0);
  }

  /** Switches dropout on (training) here and in all modules within. */
  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.training = mode;
    return this;
  }

  /** Switches dropout off, for evaluation and generation. */
  eval(): this {
    return this.train(false);
  }

  /** The values of all parameters and buffers, by PyTorch's names. */
  async stateDict(): Promise<StateDict> {
    const parameters = this.namedParameters();
    const values = await Promise.all(parameters.map(([, parameter]) => parameter.data()));
    const state: StateDict = new Map();
    for (const [i, [name, { shape }]] of parameters.entries())
      state.set(name, { shape: [...shape], dtype: "f32", data: Float32Array.from(values[i]) });
    for (const [name, buffer] of this.namedBuffers())
      state.set(name, { shape: [...buffer.shape], dtype: buffer.dtype, data: await buffer.read() });
    return state;
  }

  /** Puts values back in place. Throws a FileFormatError that lists what is missing, unexpected or of another shape. */
  loadStateDict(state: StateDict): void {
    const parameters = this.namedParameters();
    const buffers = this.namedBuffers();
    const names = new Set([...parameters, ...buffers].map(([name]) => name));
    const problems = [...state.keys()].filter((name) => !names.has(name)).map((name) => `unexpected ${name}`);
    for (const [name, parameter] of parameters) {
      const found = state.get(name);
      if (!found) problems.push(`missing ${name}`);
      else if (!sameShape(found.shape, parameter.shape))
        problems.push(`${name} is ${formatShape(found.shape)}, expected ${formatShape(parameter.shape)}`);
    }
    for (const [name, { shape, dtype }] of buffers) {
      const found = state.get(name);
      if (!found) problems.push(`missing ${name}`);
      else if (!sameShape(found.shape, shape) || found.dtype !== dtype)
        problems.push(
          `${name} is ${formatShape(found.shape)} ${found.dtype}, expected ${formatShape(shape)} ${dtype}`,
        );
    }
    if (problems.length > 0) {
      const more = problems.length > 3 ? `; and ${problems.length - 3} more` : "";
      throw new FileFormatError(
        `loadStateDict: these weights are of another model: ${problems.slice(0, 3).join("; ")}${more}`,
      );
    }
    for (const [name, parameter] of parameters) parameter.set(state.get(name)!.data);
    for (const [name, buffer] of buffers) buffer.write(state.get(name)!.data);
  }
}
