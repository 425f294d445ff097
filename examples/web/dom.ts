/** Small helpers for the page. */

/** The element with this id; throws when the page has none, or one of another kind. */
export function element<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`the page has no ${kind.name} called ${id}`);
  return found;
}

export const input = (id: string): HTMLInputElement => element(id, HTMLInputElement);
export const button = (id: string): HTMLButtonElement => element(id, HTMLButtonElement);
export const select = (id: string): HTMLSelectElement => element(id, HTMLSelectElement);
export const block = (id: string): HTMLElement => element(id, HTMLElement);

/** French typography: curly apostrophes, and no line break before : ; ? ! » or after «. */
export function french(text: string): string {
  return text
    .replaceAll("'", "’")
    .replace(/ (?=[:;?!»])/g, "\u00a0")
    .replace(/(?<=«) /g, "\u00a0");
}

/** Sets a text, in French typography; an unchanged one is left alone, so that it is not announced again. */
export function say(target: HTMLElement, text: string): void {
  const set = french(text);
  if (target.textContent !== set) target.textContent = set;
}

/** A new element with a class and a text, both taken as they are. */
export function make(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** Hands a file to the browser's downloads. */
export function downloadFile(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
