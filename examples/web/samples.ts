/** The list of live samples, the newest first. */
import { formatCount, formatNumber } from "../support/format.ts";
import { block, french, make } from "./dom.ts";
import type { SampleFacts } from "./protocol.ts";

const SAMPLES_SHOWN = 12;

export class SampleList {
  readonly #list = block("samples");
  readonly #empty = this.#list.firstElementChild!;

  clear(): void {
    this.#list.replaceChildren(this.#empty);
  }

  add({ step, loss, given, text, note }: SampleFacts): void {
    this.#empty.remove();
    const facts = [`pas ${formatCount(step)}`, loss !== undefined && `perte ${formatNumber(loss, 2)}`, note];
    const item = document.createElement("li");
    const written = make("p", "", "");
    written.append(make("span", "given", given), text);
    item.append(make("h3", "", french(facts.filter(Boolean).join(" · "))), written);
    this.#list.prepend(item);
    while (this.#list.children.length > SAMPLES_SHOWN) this.#list.lastElementChild!.remove();
  }
}
