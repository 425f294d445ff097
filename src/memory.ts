/**
 * Who owns device memory, and for how long.
 *
 * A Storage counts its references: the tensors that a scope holds, what a backward pass will need, gradients on
 * their way. Results of ops belong to the step in which they were made and are freed one step later; parameters,
 * gradients and kept tensors are permanent; a leaf made from data keeps its host array, and its device copy is a
 * cache. So a training loop never disposes of anything.
 */
import type { Backend, Binding, ElementType, TypedArray } from "./backend/backend.ts";
import { FreedTensorError } from "./errors.ts";

/** Counted device memory of one or more tensors (views share it). */
export class Storage {
  readonly memory: DeviceMemory;
  readonly type: ElementType;
  readonly length: number;
  /** The data of a leaf; its device copy can be dropped and uploaded again. */
  host: TypedArray | null;
  references = 0;
  /** The step in which a launch last used it. */
  lastUsed = 0;
  #binding: Binding | null = null;
  #inArena = false;
  #freed = false;

  constructor(memory: DeviceMemory, type: ElementType, length: number, host: TypedArray | null = null) {
    this.memory = memory;
    this.type = type;
    this.length = length;
    this.host = host;
    if (!host) this.#binding = { buffer: memory.backend.alloc(type, length), offset: 0, length };
    else memory.hostBytes += host.byteLength;
  }

  get freed(): boolean {
    return this.#freed;
  }

  /** The binding for a launch; uploads a leaf's data when its device copy is not there. */
  bind(): Binding {
    this.lastUsed = this.memory.step;
    if (this.#binding) return this.#binding;
    if (this.#freed || !this.host)
      throw new FreedTensorError(
        "this tensor's memory was given back: results of ops live until the end of the next step; " +
          "call keep() on what must live longer, or read it with data() before",
      );
    const buffer = this.memory.backend.alloc(this.type, this.length, true);
    this.memory.backend.write(buffer, this.host);
    this.#binding = { buffer, offset: 0, length: this.length };
    this.memory.uploaded.add(this);
    return this.#binding;
  }

  retain(): void {
    this.references++;
  }

  release(): void {
    if (--this.references > 0 || this.#freed) return;
    this.dropDeviceCopy();
    this.host = null;
    this.#freed = true;
  }

  /** Frees the device memory; a leaf's host array stays and is uploaded again on use. */
  dropDeviceCopy(): void {
    if (this.#binding && !this.#inArena) this.memory.backend.free(this.#binding.buffer);
    this.#binding = null;
    this.memory.uploaded.delete(this);
  }

  /** Moves the memory into a slice of an arena; what it held is left to the caller to copy first. */
  moveTo(slice: Binding): void {
    this.dropDeviceCopy();
    this.host = null;
    this.#binding = slice;
    this.#inArena = true;
  }

  /** Makes the device copy the only one, because kernels will change it. */
  detachHost(): void {
    this.bind();
    this.host = null;
    this.memory.uploaded.delete(this);
  }
}

/** One tensor's claim on a storage, held by a scope. */
export class Claim {
  readonly storage: Storage;
  /** Kept tensors are not freed with their scope. */
  kept = false;
  /** A view of a kept tensor, made in a scope: it is freed there, and kept when it leaves all scopes. */
  lasting = false;
  #released = false;

  constructor(storage: Storage) {
    this.storage = storage;
    storage.retain();
  }

  get released(): boolean {
    return this.#released;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.storage.release();
  }
}

/** Tensors that are freed together. */
export class Scope {
  #claims: Claim[] = [];

  add(claim: Claim): void {
    this.#claims.push(claim);
  }

  /** Frees everything but what was kept, or what `except` names. */
  close(except?: ReadonlySet<Claim>): void {
    for (const claim of this.#claims) if (!claim.kept && !except?.has(claim)) claim.release();
    this.#claims = [];
  }
}

/** Scopes opened by noGrad and by backward passes, innermost last; outside them the device's step scope counts. */
const openScopes: Scope[] = [];

/** Runs `fn`, then frees every tensor made in it except the claims that `survivors` picks from its result. */
export function inScope<T>(fn: () => T, survivors: (result: T) => Claim[] = () => []): T {
  const scope = new Scope();
  openScopes.push(scope);
  let kept: Claim[] = [];
  try {
    const result = fn();
    kept = survivors(result);
    return result;
  } finally {
    openScopes.pop();
    scope.close(new Set(kept));
    for (const claim of kept) {
      if (claim.kept) continue;
      const outer = openScopes.at(-1);
      if (!outer && claim.lasting) claim.kept = true;
      else (outer ?? claim.storage.memory.stepScope).add(claim);
    }
  }
}

/** Claims whose tensors were garbage-collected; freed under memory pressure or at the end of a step. */
const registry = new FinalizationRegistry<Claim>((claim) => {
  if (!claim.released) claim.storage.memory.orphans.push(claim);
});

/** Bytes of results that may pile up without a training step before unreachable ones are collected. */
const PRESSURE_BYTES = 256 * 2 ** 20;
/** Live bytes without a training step that call for a word; one large step stays below. */
const WARNING_BYTES = 2 ** 30;

/** The memory of one device: its backend, the scopes of the running and the last step, and cached leaves. */
export class DeviceMemory {
  readonly backend: Backend;
  /** Counts training steps. */
  step = 0;
  stepScope = new Scope();
  hostBytes = 0;
  readonly uploaded = new Set<Storage>();
  orphans: Claim[] = [];
  #lastScope = new Scope();
  #sinceClose = 0;
  #warned = false;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** Registers a new tensor with the innermost scope; `permanent` for leaves and parameters, and views of them. */
  claim(owner: object, storage: Storage, permanent: boolean, isView = false): Claim {
    const claim = new Claim(storage);
    claim.lasting = permanent && isView && openScopes.length > 0;
    claim.kept = permanent && !claim.lasting;
    if (!claim.kept) {
      (openScopes.at(-1) ?? this.stepScope).add(claim);
      if (openScopes.length === 0) this.#press(storage);
    }
    registry.register(owner, claim);
    return claim;
  }

  /**
   * Holds memory for an owner outside every scope: until the claim is released, or, for a graph whose backward pass
   * never runs, until the owner is garbage.
   */
  claimFor(owner: object, storage: Storage): Claim {
    const claim = new Claim(storage);
    claim.kept = true;
    registry.register(owner, claim);
    return claim;
  }

  #press(storage: Storage): void {
    this.#sinceClose += storage.length * 4;
    if (this.#sinceClose < PRESSURE_BYTES) return;
    this.#sinceClose = 0;
    this.#collect(() => true);
    if (this.#warned || this.backend.stats().liveBytes < WARNING_BYTES) return;
    this.#warned = true;
    console.warn(
      "wgrad: more than 1 GiB of results was made without a training step; " +
        "wrap forward-only loops in noGrad(() => …), which frees all but what it returns",
    );
  }

  #collect(which: (claim: Claim) => boolean): void {
    const orphans = this.orphans;
    this.orphans = [];
    for (const claim of orphans) {
      if (which(claim)) claim.release();
      else if (!claim.released) this.orphans.push(claim);
    }
  }

  /** Ends a step: frees the results of the step before, and device copies of leaves that this step did not use. */
  closeStep(): void {
    this.#lastScope.close();
    this.#lastScope = this.stepScope;
    this.stepScope = new Scope();
    for (const storage of [...this.uploaded]) if (storage.lastUsed < this.step) storage.dropDeviceCopy();
    // A leaf's device copy goes when a step did not use it, not whenever the collector runs: steps stay alike.
    this.#collect(({ kept, storage }) => kept && (storage.references > 1 || !this.uploaded.has(storage)));
    this.#sinceClose = 0;
    this.step++;
  }
}
