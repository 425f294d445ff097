/** The notebooks of the lab. Each is loaded by the worker when it is picked. */
import type { Notebook } from "./notebook.ts";

/** A notebook that can be picked. */
export interface NotebookEntry {
  readonly id: string;
  /** On its tab. */
  readonly label: string;
  load(): Promise<{ readonly notebook: Notebook }>;
}

/** In the order of the tabs; the page opens with the one called `FIRST`. */
export const NOTEBOOKS: readonly NotebookEntry[] = [
  { id: "mots", label: "Mots", load: () => import("../mots/lab.ts") },
  { id: "imdb", label: "IMDB", load: () => import("../imdb/lab.ts") },
  { id: "parite", label: "Parité", load: () => import("../parite/lab.ts") },
  { id: "moliere", label: "Molière", load: () => import("../moliere/lab.ts") },
  { id: "translation", label: "Traduction", load: () => import("../translation/lab.ts") },
];

export const FIRST = "moliere";
