/** The two places where the model writes: on demand, and in passing while it trains. */
import type { Sampling } from "../moliere/generation.ts";
import { formatCount, formatNumber } from "../support/format.ts";
import { block, button, element, french, input, make, say, select } from "./dom.ts";
import type { Command, SampleFacts, Voice } from "./protocol.ts";

const SAMPLES_SHOWN = 12;

/** The panel that writes on demand; its prompt and temperature are those of the live samples too. */
export class GeneratePanel {
  readonly #post: (command: Command) => void;
  readonly #output = block("generated");
  #writing = false;
  #ready = false;
  #count = 0;
  #body: Text | undefined;

  constructor(post: (command: Command) => void) {
    this.#post = post;
    const temperature = input("temperature");
    const told = (): void => {
      say(element("temperature-value", HTMLOutputElement), formatNumber(temperature.valueAsNumber, 2));
    };
    temperature.addEventListener("input", told);
    for (const id of ["temperature", "prompt"])
      input(id).addEventListener("input", () => post({ type: "voice", voice: this.voice }));
    window.addEventListener("hashchange", told);
    element("generate-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#toggle();
    });
    told();
  }

  get voice(): Voice {
    return { prompt: input("prompt").value, temperature: input("temperature").valueAsNumber };
  }

  /** Whether there is a model to write with. */
  set ready(ready: boolean) {
    this.#ready = ready;
    this.#show();
  }

  /** What was just written. */
  write(first: boolean, text: string): void {
    if (first) {
      const caret = make("span", "caret", "▌");
      caret.ariaHidden = "true";
      // The prompt and one character, which may take two units.
      const prompt = [...text].slice(0, -1).join("");
      this.#body = document.createTextNode(text.slice(prompt.length));
      this.#output.replaceChildren(make("span", "given", prompt), this.#body, caret);
      return;
    }
    // Only a reader who is at the end wants to stay there.
    const atEnd = this.#output.scrollHeight - this.#output.scrollTop - this.#output.clientHeight < 40;
    this.#body?.appendData(text);
    if (atEnd) this.#output.scrollTop = this.#output.scrollHeight;
  }

  /** The text is complete, or the worker is gone. */
  finish(): void {
    this.#writing = false;
    this.#output.querySelector(".caret")?.remove();
    this.#show();
  }

  #toggle(): void {
    if (this.#writing) this.#post({ type: "cancel" });
    else {
      this.#writing = true;
      const length = input("length").valueAsNumber;
      const sampling = select("sampling").value as Sampling;
      // Another text each time, and the same texts after the page is opened anew.
      this.#post({ type: "generate", voice: this.voice, length, sampling, seed: ++this.#count });
    }
    this.#show();
  }

  #show(): void {
    button("generate").disabled = !this.#ready;
    button("generate").textContent = this.#writing ? "Arrêter l’écriture" : "Générer";
    this.#output.classList.toggle("busy", this.#writing);
    this.#output.ariaBusy = String(this.#writing);
  }
}

/** The list of live samples, the newest first. */
export class SampleList {
  readonly #list = block("samples");
  readonly #empty = this.#list.firstElementChild!;

  clear(): void {
    this.#list.replaceChildren(this.#empty);
  }

  add({ step, loss, temperature, prompt, text, otherPrompt }: SampleFacts): void {
    this.#empty.remove();
    const facts = [
      `pas ${formatCount(step)}`,
      Number.isFinite(loss) && `perte ${formatNumber(loss, 2)}`,
      `température ${formatNumber(temperature, 2)}`,
      otherPrompt && "autre amorce, la vôtre a des caractères que le texte n'a pas",
    ];
    const item = document.createElement("li");
    const written = make("p", "", "");
    written.append(make("span", "given", prompt), text);
    item.append(make("h3", "", french(facts.filter(Boolean).join(" · "))), written);
    this.#list.prepend(item);
    while (this.#list.children.length > SAMPLES_SHOWN) this.#list.lastElementChild!.remove();
  }
}
