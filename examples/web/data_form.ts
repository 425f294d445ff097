/** The choice of what to train on: the notebook's sample, a file, one part of a file, or a pasted text. */
import { formatCount } from "../support/format.ts";
import { block, element, input, say, select } from "./dom.ts";
import type { OwnData } from "./notebook.ts";
import type { Command, Report } from "./protocol.ts";

/** What is shown in the text area at most; the rest is trained on all the same. */
const SHOWN_CHARACTERS = 200_000;

type Read = Extract<Report, { type: "data" }>;

export class DataForm {
  readonly #fields = element("data-fields", HTMLFieldSetElement);
  readonly #area = element("own-text", HTMLTextAreaElement);
  readonly #data: OwnData | undefined;
  readonly #post: (command: Command) => void;
  readonly #onError: (error: unknown) => void;
  #read: Read | undefined;
  #name = "";
  /** What was chosen, when it is not what the text area holds. */
  #chosen: Uint8Array | undefined;

  constructor(
    data: OwnData | undefined,
    post: (command: Command) => void,
    onError: (error: unknown) => void,
  ) {
    this.#data = data;
    this.#post = post;
    this.#onError = onError;
    block("data-card").hidden = data === undefined;
    if (data === undefined) return;
    say(block("sample-name"), data.sampleName);
    say(block("file-hint"), data.label);
    input("file").accept = data.accept;
    block("paste-row").hidden = !data.paste;
    for (const choice of this.#choices()) choice.addEventListener("change", () => this.#show());
    this.#area.addEventListener("input", () => {
      this.#chosen = undefined;
      this.#show();
    });
    input("file").addEventListener("change", () => this.#openFile());
    select("part").addEventListener("change", () => {
      const part = this.#read?.parts[Number(select("part").value)] ?? { bytes: this.#read!.whole };
      this.#take(part.bytes);
    });
    this.#show();
  }

  /** What to train on; undefined for the sample. */
  get bytes(): Uint8Array | undefined {
    if (!this.#own) return undefined;
    return this.#chosen ?? new TextEncoder().encode(this.#area.value);
  }

  /** Whether something of one's own was picked, but is not there yet. */
  get missing(): boolean {
    return this.#own && !this.#data!.paste && this.#chosen === undefined;
  }

  lock(locked: boolean): void {
    this.#fields.disabled = locked;
  }

  /** What the worker made of the file. */
  take(read: Read): void {
    this.#read = read;
    const options = read.parts.map(({ title }, i) => new Option(title, String(i)));
    select("part").replaceChildren(new Option(`Tout (${options.length})`, ""), ...options);
    block("part-row").hidden = options.length < 2;
    this.#take(read.whole);
  }

  /** The file cannot be used. */
  refuse(): void {
    input("file").value = "";
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
      this.#name = file.name;
      this.#post({ type: "data", bytes: new Uint8Array(await file.arrayBuffer()), name: file.name });
    } catch (error) {
      this.refuse();
      this.#onError(error);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#chosen = bytes;
    if (this.#data?.paste) {
      const text = new TextDecoder().decode(bytes);
      const long = text.length > SHOWN_CHARACTERS;
      this.#area.value = long ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
    }
    this.#show();
  }

  #show(): void {
    block("own").hidden = !this.#own;
    let summary = this.#data?.sampleName.split(",")[0] ?? "";
    if (this.#own && this.#data?.paste) {
      const length = this.#chosen ? new TextDecoder().decode(this.#chosen).length : this.#area.value.length;
      summary = `le vôtre, ${formatCount(length)} caractères`;
    } else if (this.#own)
      summary = this.#chosen ? `${this.#name}, ${formatCount(this.#chosen.length)} octets` : "aucun fichier";
    say(block("data-summary"), summary);
  }
}
