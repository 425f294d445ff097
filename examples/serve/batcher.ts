/**
 * Joins what arrives at the same time: rows that are submitted while a batch runs wait for it together, and go
 * through the model in one pass.
 *
 *   const batcher = new Batcher((rows) => model.run(rows), { maxBatch: 32 });
 *   const output = await batcher.submit(row, { signal });
 */

/** How rows are joined. */
export interface BatcherOptions {
  /** Rows in one pass at most (32). */
  maxBatch?: number;
  /** Rows that may wait; one more is refused (256). */
  maxQueue?: number;
  /**
   * How long a batch waits for company before it starts, in milliseconds (2); as long as some arrives, it waits once
   * more, up to eight times. Where the model computes in this very thread, as on the CPU, requests that arrived in the
   * meantime are only read during these pauses.
   */
  linger?: number;
}

/** Pauses before a batch at most. */
const PAUSES = 8;

/** There is no room left in the queue. */
export class QueueFullError extends Error {
  override name = "QueueFullError";
}

/** What a batcher has done. */
export interface BatcherStats {
  readonly batches: number;
  readonly rows: number;
  /** Rows of the largest batch. */
  readonly largest: number;
  readonly queued: number;
}

interface Waiting<Row, Output> {
  readonly row: Row;
  resolve(output: Output): void;
  reject(reason: unknown): void;
  /** Whoever asked has left, or was answered already. */
  settled: boolean;
}

/** Rows to batches and outputs back to whoever submitted them. */
export class Batcher<Row, Output> {
  readonly #run: (rows: readonly Row[]) => Promise<readonly Output[]>;
  readonly #options: Required<BatcherOptions>;
  #queue: Waiting<Row, Output>[] = [];
  #working = false;
  #batches = 0;
  #rows = 0;
  #largest = 0;

  /** `run` gives one output per row, in their order. */
  constructor(run: (rows: readonly Row[]) => Promise<readonly Output[]>, options: BatcherOptions = {}) {
    this.#run = run;
    this.#options = { maxBatch: 32, maxQueue: 256, linger: 2, ...options };
  }

  get stats(): BatcherStats {
    return {
      batches: this.#batches,
      rows: this.#rows,
      largest: this.#largest,
      queued: this.#queue.length,
    };
  }

  /**
   * The output of one row. Rejects with a QueueFullError when too many wait, with the signal's reason once it is
   * aborted (a row that waits is then taken out and costs nothing), and with what the model threw.
   */
  submit(row: Row, { signal }: { signal?: AbortSignal } = {}): Promise<Output> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#queue.length >= this.#options.maxQueue)
        return reject(new QueueFullError(`${this.#queue.length} rows wait already`));
      const leave = (): void => {
        waiting.settled = true;
        this.#queue = this.#queue.filter((other) => other !== waiting);
        reject(signal!.reason);
      };
      const settle = (): void => {
        waiting.settled = true;
        signal?.removeEventListener("abort", leave);
      };
      const waiting: Waiting<Row, Output> = {
        row,
        settled: false,
        resolve(output) {
          settle();
          resolve(output);
        },
        reject(reason) {
          settle();
          reject(reason);
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#queue.push(waiting);
      void this.#work();
    });
  }

  /** Runs batches until nobody waits. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    while (this.#queue.length > 0) {
      await this.#waitForCompany();
      const batch = this.#queue.splice(0, this.#options.maxBatch);
      if (batch.length > 0) await this.#answer(batch);
    }
    this.#working = false;
  }

  async #waitForCompany(): Promise<void> {
    const { linger, maxBatch } = this.#options;
    for (let pause = 0, seen = 0; pause < PAUSES; pause++) {
      await new Promise((resolve) => setTimeout(resolve, linger));
      const { length } = this.#queue;
      if (length <= Math.max(seen, 1) || length >= maxBatch) return;
      seen = length;
    }
  }

  async #answer(batch: readonly Waiting<Row, Output>[]): Promise<void> {
    this.#batches++;
    this.#rows += batch.length;
    this.#largest = Math.max(this.#largest, batch.length);
    try {
      const outputs = await this.#run(batch.map(({ row }) => row));
      if (outputs.length !== batch.length)
        throw new Error(`the model gave ${outputs.length} outputs for ${batch.length} rows`);
      batch.forEach((waiting, i) => {
        if (!waiting.settled) waiting.resolve(outputs[i]);
      });
    } catch (error) {
      for (const waiting of batch) if (!waiting.settled) waiting.reject(error);
    }
  }
}
