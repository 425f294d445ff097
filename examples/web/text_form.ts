/** The choice of a text: the sample, a file, one play of a file, or what was pasted. */
import { COMEDIE } from "../data/comedie.ts";
import { formatCount } from "../support/format.ts";
import { findPlays, isCueTable, type Play, readCueTable } from "../support/plays.ts";
import { decodeUtf8 } from "../support/utf8.ts";
import { block, element, input, make, say, select } from "./dom.ts";

/** What is shown in the text area at most; the rest is trained on all the same. */
const SHOWN_CHARACTERS = 200_000;

/** The text part of the page. */
export class TextForm {
  readonly #fields = element("text-fields", HTMLFieldSetElement);
  readonly #area = element("own-text", HTMLTextAreaElement);
  readonly #onError: (error: unknown) => void;
  #plays: readonly Play[] = [];
  #whole = "";
  /** The chosen text when it came from a file and is longer than what is shown. */
  #beyond: string | undefined;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
    for (const choice of this.#choices()) choice.addEventListener("change", () => this.#show());
    this.#area.addEventListener("input", () => {
      this.#beyond = undefined;
      this.#show();
    });
    input("file").addEventListener("change", () => this.#openFile());
    select("play").addEventListener("change", () => {
      this.#take(this.#plays[Number(select("play").value)]?.text ?? this.#whole);
    });
    this.#show();
  }

  /** The text to train on. */
  get text(): string {
    if (!this.#own) return COMEDIE;
    return this.#beyond ?? this.#area.value;
  }

  lock(locked: boolean): void {
    this.#fields.disabled = locked;
  }

  get #own(): boolean {
    return this.#choices().some(({ value, checked }) => value === "own" && checked);
  }

  #choices(): HTMLInputElement[] {
    return [...this.#fields.querySelectorAll<HTMLInputElement>('input[name="source"]')];
  }

  async #openFile(): Promise<void> {
    const file = input("file").files?.[0];
    if (!file) return;
    try {
      const content = decodeUtf8(new Uint8Array(await file.arrayBuffer()), file.name);
      const table = /\.csv$/i.test(file.name) || isCueTable(content);
      const { all, plays } = table
        ? readCueTable(content, file.name)
        : { all: { text: content }, plays: findPlays(content) };
      this.#plays = plays.length > 1 ? plays : [];
      this.#whole = all.text;
      this.#listPlays();
      this.#take(all.text);
    } catch (error) {
      input("file").value = "";
      this.#onError(error);
    }
  }

  #listPlays(): void {
    const choices = this.#plays.map(({ title }, i) => {
      const option = make("option", "", title) as HTMLOptionElement;
      option.value = String(i);
      return option;
    });
    const all = make("option", "", `Toutes (${choices.length})`) as HTMLOptionElement;
    all.value = "";
    select("play").replaceChildren(all, ...choices);
    block("play-row").hidden = choices.length === 0;
  }

  #take(text: string): void {
    const long = text.length > SHOWN_CHARACTERS;
    this.#area.value = long ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
    this.#beyond = long ? text : undefined;
    this.#show();
  }

  #show(): void {
    block("own").hidden = !this.#own;
    const length = formatCount([...this.text].length);
    say(block("text-summary"), `${this.#own ? "le vôtre" : "La Marmite"}, ${length} caractères`);
  }
}
