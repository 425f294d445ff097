/** The settings of the word example in the lab: one model at a time. */
import type { Values } from "../web/notebook.ts";
import type { Settings, Task, TaskSettings } from "./settings.ts";

/** The form's values; 0 sentences stands for all of them. */
export interface LabSettings extends Required<TaskSettings> {
  task: Task;
  endToken: boolean;
  embedding: number;
  units: number;
  seed: number;
}

/** A model's settings in a form. */
export function valuesOf(task: Task, from: Settings, more: Partial<LabSettings> = {}): Values {
  const { embedding, units, seed, tasks } = from;
  const all: LabSettings = {
    task,
    sentences: 0,
    ...tasks[task],
    endToken: false,
    embedding,
    units,
    seed,
    ...more,
  };
  return { ...all };
}
