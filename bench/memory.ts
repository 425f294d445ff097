/** How much memory of the adapter does training take, and does it grow? */
import type { Device } from "../src/index.ts";
import { type Answer, columns, type Figures, type Setting, showBytes } from "./question.ts";
import { MOLIERE } from "./recurrent.ts";
import { sequenceEntries } from "./sequence.ts";
import { counting, memoryOf, resetPeak } from "./watch.ts";

const FULL = { steps: 100, shape: { ...MOLIERE, batch: 32, time: 30, embedding: 64, hidden: 64 } };
const QUICK = { steps: 8, shape: { ...FULL.shape, batch: 2, time: 4 } };
/** Steps before the first look: pools are full then. */
const EARLY = 3;

export async function memory(device: Device, setting: Setting): Promise<Answer> {
  const { steps, shape } = setting.quick ? QUICK : FULL;
  const { entries } = sequenceEntries(device, shape, setting.peers);
  const rows: string[][] = [];
  const engines: Figures[] = [];
  const left: string[] = [];
  for (const entry of entries)
    try {
      const contender = await entry.make();
      await contender.enter?.();
      const { devices } = await counting(() => contender.run(1));
      if (devices.length === 0) {
        left.push(`${entry.name}: not on WebGPU, its memory is not seen`);
        continue;
      }
      await contender.run(EARLY - 1);
      const early = memoryOf(devices).live;
      resetPeak(devices);
      await contender.run(steps - EARLY);
      const { live, peak } = memoryOf(devices);
      contender.dispose?.();
      rows.push([entry.name, showBytes(peak), showBytes(early), showBytes(live)]);
      engines.push({ name: entry.name, peak, early, late: live });
    } catch (error) {
      left.push(`${entry.name}: left out, ${String((error as Error).message).split("\n")[0]}`);
    }
  const { batch, time, embedding, hidden, vocabulary } = shape;
  const heading = `LSTM training, batch ${batch}, T ${time}, embedding ${embedding}, hidden ${hidden}, vocabulary ${vocabulary}; buffers that were made and not destroyed, pools included`;
  const table =
    rows.length > 0
      ? columns(["engine", "peak", `after ${EARLY} steps`, `after ${steps}`], rows)
      : "WebGPU only: on the CPU, memory is the host's.";
  return { text: [heading, "", table, ...left].join("\n"), figures: { ...shape, masked: 0, steps, engines } };
}
