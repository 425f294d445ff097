/** The questions that the trained model answers: a form and an answer each. */
import { block, french, make, say } from "./dom.ts";
import { Fields } from "./fields.ts";
import type { Question, Voice } from "./notebook.ts";
import type { Pictures } from "./pictures.ts";
import type { Command, Report } from "./protocol.ts";
import { tableOf } from "./tables.ts";

type Piece = Extract<Report, { type: "piece" }>;
type Answered = Extract<Report, { type: "answer" }>;

/** One question. */
export class QuestionPanel {
  readonly question: Question;
  readonly #post: (command: Command) => void;
  readonly #pictures: Pictures;
  readonly #input: HTMLInputElement | HTMLTextAreaElement;
  readonly #options: Fields;
  readonly #button: HTMLButtonElement;
  readonly #text = make("div", "text", "");
  readonly #more = make("div", "more", "");
  #busy = false;
  #ready = false;
  #body: Text | undefined;

  constructor(
    question: Question,
    pictures: Pictures,
    post: (command: Command) => void,
    onChange: () => void,
  ) {
    this.question = question;
    this.#post = post;
    this.#pictures = pictures;
    const id = `ask-${question.id}`;
    const input = document.createElement(question.long ? "textarea" : "input");
    this.#input = input;
    input.id = id;
    input.required = true;
    input.spellcheck = false;
    if (input instanceof HTMLInputElement) input.type = "text";
    else input.rows = 3;
    input.value = question.value;
    const label = make("label", "", french(question.label)) as HTMLLabelElement;
    label.htmlFor = id;
    const form = document.createElement("form");
    form.autocomplete = "off";
    form.className = "question";
    form.append(label, input);
    if (question.hint) {
      const hint = make("span", "hint", french(question.hint));
      hint.id = `${id}-hint`;
      input.setAttribute("aria-describedby", hint.id);
      form.append(hint);
    }
    const options = make("div", "options", "");
    this.#options = new Fields(options, question.options ?? [], `${id}-`, onChange);
    if (question.defaults) this.#options.show(question.defaults);
    if (question.options) form.append(options);
    this.#button = make("button", "primary", "") as HTMLButtonElement;
    this.#button.type = "submit";
    this.#button.id = `${id}-button`;
    form.append(this.#button);
    input.addEventListener("input", onChange);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#toggle();
    });
    this.#text.id = `${id}-answer`;
    this.#text.role = "log";
    this.#text.ariaLabel = french(`Réponse : ${question.title}`);
    this.#text.append(
      make("p", "empty", "La réponse du modèle viendra ici. Entraînez-le d’abord, même un peu."),
    );
    const card = make("section", "card", "");
    const heading = make("h2", "", french(question.title));
    heading.id = `${id}-title`;
    card.setAttribute("aria-labelledby", heading.id);
    card.append(heading, form, this.#text, this.#more);
    block("questions").append(card);
    this.#show();
  }

  get voice(): Voice {
    return { question: this.question.id, input: this.#input.value, options: this.#options.values };
  }

  /** Whether there is a model to ask. */
  set ready(ready: boolean) {
    this.#ready = ready;
    this.#show();
  }

  /** What the address has to carry. */
  get pairs(): [string, string][] {
    const { id, value, defaults = {} } = this.question;
    const options = this.#options.differences(defaults);
    const own: [string, string][] = this.#input.value === value ? [] : [[id, this.#input.value]];
    return [...own, ...options.map(([name, text]): [string, string] => [`${id}.${name}`, text])];
  }

  read(address: URLSearchParams): void {
    const { id, value, defaults } = this.question;
    this.#input.value = address.get(id) ?? value;
    if (defaults) this.#options.show(defaults);
    this.#options.showTexts(address, `${id}.`);
  }

  /** What the answer's text gained. */
  add({ text, given }: Piece): void {
    if (!this.#body) this.#start();
    if (given) {
      this.#body!.before(make("span", "given", text));
      return;
    }
    const output = this.#text;
    // Only a reader who is at the end wants to stay there.
    const atEnd = output.scrollHeight - output.scrollTop - output.clientHeight < 40;
    this.#body!.appendData(text);
    if (atEnd) output.scrollTop = output.scrollHeight;
  }

  /** The answer is complete; without one, the worker is gone. */
  finish(answered?: Answered): void {
    this.#busy = false;
    this.#text.querySelector(".caret")?.remove();
    this.#body = undefined;
    if (answered) {
      const { text, tables, figures } = answered;
      if (text !== undefined) this.#text.replaceChildren(text);
      this.#text.hidden = this.#text.textContent === "" && tables.length + figures.length > 0;
      this.#more.replaceChildren(...tables.map(tableOf));
      this.#pictures.show(this.#more, figures);
    }
    this.#show();
  }

  #start(): void {
    const caret = make("span", "caret", "▌");
    caret.ariaHidden = "true";
    this.#body = document.createTextNode("");
    this.#text.hidden = false;
    this.#text.replaceChildren(this.#body, caret);
  }

  #toggle(): void {
    if (this.#busy) this.#post({ type: "cancel" });
    else {
      this.#busy = true;
      this.#more.replaceChildren();
      this.#start();
      this.#post({ type: "ask", ...this.voice });
    }
    this.#show();
  }

  #show(): void {
    this.#button.disabled = !this.#ready;
    say(this.#button, this.#busy ? "Arrêter" : this.question.button);
    this.#text.classList.toggle("busy", this.#busy);
    this.#text.ariaBusy = String(this.#busy);
  }
}
