/** Seconds that count: training is interrupted for samples and commands, which are not part of its speed. */
const REMEMBERED_SECONDS = 20;

/** Steps per second over the last stretches of training. */
export class Speed {
  #stretches: { seconds: number; steps: number }[] = [];
  #started: { time: number; step: number } | undefined;

  /** Forgets everything: a new run, or one after a pause. */
  restart(): void {
    this.#stretches = [];
    this.#started = undefined;
  }

  /** Training goes on, from this step. */
  begin(step: number): void {
    this.#started = { time: performance.now(), step };
  }

  /** Training rests, after this step. */
  end(step: number): void {
    if (!this.#started) return;
    this.#stretches.push(this.#stretch(step));
    this.#started = undefined;
    let seconds = 0;
    const from = this.#stretches.findLastIndex((s) => (seconds += s.seconds) > REMEMBERED_SECONDS);
    this.#stretches.splice(0, Math.max(0, from));
  }

  /** Steps per second up to this step. */
  at(step: number): number {
    const all = this.#started ? [...this.#stretches, this.#stretch(step)] : this.#stretches;
    const seconds = all.reduce((sum, s) => sum + s.seconds, 0);
    return all.reduce((sum, s) => sum + s.steps, 0) / Math.max(1e-6, seconds);
  }

  #stretch(step: number): { seconds: number; steps: number } {
    const { time, step: first } = this.#started!;
    return { seconds: (performance.now() - time) / 1000, steps: step - first };
  }
}
