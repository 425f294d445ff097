/** Messages come in only while the worker rests. */

/** At least this often. */
const BREATH_MILLISECONDS = 30;

let restedAt = 0;

/** Rests, when the last time is long enough ago. A timer of 0 would wait for 4 milliseconds. */
export async function breathe(): Promise<void> {
  if (performance.now() - restedAt < BREATH_MILLISECONDS) return;
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(undefined);
  });
  port1.close();
  restedAt = performance.now();
}
