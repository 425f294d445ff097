/** The address's hash: a link carries the notebook, and what differs from its first settings. */
import { FIRST, NOTEBOOKS } from "./notebooks.ts";

/** What the hash says. */
export function readAddress(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
}

/** The notebook that the hash names; the first one when it names none that exists. */
export function notebookOf(parameters: URLSearchParams): string {
  const id = parameters.get("notebook");
  return NOTEBOOKS.some((entry) => entry.id === id) ? id! : FIRST;
}

/** Puts a notebook and pairs of names and values into the hash. */
export function writeAddress(notebook: string, pairs: readonly (readonly [string, string])[]): void {
  const all = [...(notebook === FIRST ? [] : [["notebook", notebook] as const]), ...pairs];
  const hash = new URLSearchParams(all.map(([name, value]) => [name, value])).toString();
  // Unlike `location.hash`, this leaves no trace in the history and fires no event.
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}
