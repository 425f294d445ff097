/**
 * The models, the queue before them, and what the server knows of itself: counts, time-outs, the way down. `app.ts`
 * gives it its addresses, `listen.ts` its port.
 */
import { Batcher } from "./batcher.ts";
import { Problem } from "./problem.ts";
import type { BodyLimits } from "./requests.ts";
import type { ServedModel } from "./served_model.ts";

/** What the server puts up with. */
export interface Limits {
  /** Rows in one pass through a model. */
  readonly maxBatch: number;
  /** Rows that may wait for a pass; more are answered 503. */
  readonly maxQueue: number;
  /** Milliseconds that a batch waits for company. */
  readonly linger: number;
  /** Bytes of a request's body; more are answered 413. */
  readonly maxBytes: number;
  /** Milliseconds for a body to arrive (408), for an answer of /predict (504), for a text of /generate (504). */
  readonly bodyTimeout: number;
  readonly predictTimeout: number;
  readonly generateTimeout: number;
}

export const LIMITS: Limits = {
  maxBatch: 32,
  maxQueue: 256,
  linger: 2,
  maxBytes: 64 * 1024,
  bodyTimeout: 5000,
  predictTimeout: 10_000,
  generateTimeout: 60_000,
};

/** One answered request. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
}

/** A model and the queue before it. */
export interface Lane {
  readonly model: ServedModel;
  readonly batcher: Batcher<unknown, Float32Array>;
}

/** What a service is made with. */
export interface ServiceOptions {
  /** The model behind /predict. */
  predict: ServedModel;
  /** The model behind /generate; the same one unless told, where it writes. */
  generate?: ServedModel;
  limits?: Partial<Limits>;
  /** Called for every request once its answer is sent whole. */
  onAnswered?: (answered: Answered) => void;
}

/** One request on its way. */
export interface Visit {
  /** Aborted when the client leaves, the time is over, or the server cannot wait any longer; the reason is a Problem. */
  readonly signal: AbortSignal;
  /** Starts the clock: after so many milliseconds the signal is aborted with 504. */
  limit(milliseconds: number): void;
  /** The answer is sent, or nobody reads it any more. */
  end(status: number): void;
}

/** Models with their queues. */
export class Service {
  readonly limits: Limits;
  readonly predict: Lane;
  /** Undefined when no model writes. */
  readonly generate: Lane | undefined;
  readonly #onAnswered: ((answered: Answered) => void) | undefined;
  readonly #started = performance.now();
  readonly #visits = new Set<AbortController>();
  readonly #statuses = new Map<number, number>();
  #whenEmpty: (() => void) | undefined;
  #stopping = false;

  constructor({ predict, generate, limits, onAnswered }: ServiceOptions) {
    this.limits = { ...LIMITS, ...limits };
    this.#onAnswered = onAnswered;
    this.predict = this.#lane(predict);
    if (generate !== undefined && generate !== predict) this.generate = this.#lane(generate);
    else if (predict.writing) this.generate = this.predict;
  }

  #lane(model: ServedModel): Lane {
    const { maxBatch, maxQueue, linger } = this.limits;
    const run = async (rows: readonly unknown[]): Promise<readonly Float32Array[]> => {
      const outputs = await model.run(rows);
      for (const output of outputs)
        if (!output.every(Number.isFinite)) throw new Error(`${model.title} gives a probability of NaN`);
      return outputs;
    };
    return { model, batcher: new Batcher(run, { maxBatch, maxQueue, linger }) };
  }

  /** How bodies are read. */
  get body(): BodyLimits {
    return { maxBytes: this.limits.maxBytes, timeout: this.limits.bodyTimeout };
  }

  /** Whether the server goes down: no new request is taken. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Requests that are being answered. */
  get inFlight(): number {
    return this.#visits.size;
  }

  /** Takes note of a request. */
  visit(request: Request): Visit {
    const began = performance.now();
    const controller = new AbortController();
    this.#visits.add(controller);
    const gone = (): void => controller.abort(new Problem(499, "le client est parti"));
    request.signal.addEventListener("abort", gone);
    let timer: ReturnType<typeof setTimeout> | undefined;
    return {
      signal: controller.signal,
      limit(milliseconds) {
        timer = setTimeout(() => {
          controller.abort(new Problem(504, `pas de réponse complète en ${milliseconds / 1000} s`));
        }, milliseconds);
      },
      end: (status) => {
        clearTimeout(timer);
        request.signal.removeEventListener("abort", gone);
        if (!this.#visits.delete(controller)) return;
        // Whatever still runs for it, such as a text that nobody reads any more, ends here.
        controller.abort(new Problem(499, "la réponse est partie"));
        this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
        const { pathname: path } = new URL(request.url);
        const milliseconds = performance.now() - began;
        this.#onAnswered?.({ method: request.method, path, status, milliseconds });
        if (this.#visits.size === 0) this.#whenEmpty?.();
      },
    };
  }

  /** What GET /health answers. */
  health(): Record<string, unknown> {
    const lane = ({ model, batcher }: Lane) => ({
      title: model.title,
      parameters: model.parameters,
      device: model.device.description,
      classes: model.classes,
      examples: model.examples,
      ...(model.writing && { unit: model.writing.unit, beginnings: model.writing.examples }),
      batches: batcher.stats,
    });
    return {
      status: this.#stopping ? "stopping" : "ok",
      uptime_seconds: Number(((performance.now() - this.#started) / 1000).toFixed(1)),
      in_flight: this.inFlight,
      answered: Object.fromEntries([...this.#statuses].sort(([a], [b]) => a - b)),
      predict: lane(this.predict),
      generate: this.generate ? lane(this.generate) : null,
      limits: {
        batch: this.limits.maxBatch,
        queue: this.limits.maxQueue,
        body_bytes: this.limits.maxBytes,
        predict_seconds: this.limits.predictTimeout / 1000,
        generate_seconds: this.limits.generateTimeout / 1000,
      },
    };
  }

  /**
   * Takes no new request and waits for those on their way; after `grace` milliseconds the rest is answered 503.
   * Resolves to the number of those.
   */
  async stop(grace: number): Promise<number> {
    this.#stopping = true;
    if (this.inFlight === 0) return 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, grace);
    });
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    await Promise.race([empty, patience]);
    clearTimeout(timer);
    const left = this.inFlight;
    for (const controller of this.#visits) controller.abort(new Problem(503, "le serveur s'arrête"));
    // Their answers still have to leave.
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    return left;
  }
}
