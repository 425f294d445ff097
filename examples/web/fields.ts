/** Forms made from a list of fields, for settings and for questions. */
import { formatCount, formatNumber } from "../support/format.ts";
import { french, make } from "./dom.ts";
import type { Field, Values } from "./notebook.ts";

type Control = HTMLInputElement | HTMLSelectElement;

/** Letters of a choice that fit into half the form. */
const NARROW_CHOICE = 12;

/** A field's name in the address. */
export function flagOf({ id, flag }: Field): string {
  return flag ?? id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Controls for fields, in the order of the fields. */
export class Fields {
  readonly fields: readonly Field[];
  readonly #controls = new Map<string, Control>();
  readonly #outputs = new Map<string, HTMLOutputElement>();

  /** Appends the controls to `target`; their ids are those of the fields behind `prefix`. */
  constructor(target: HTMLElement, fields: readonly Field[], prefix: string, onChange: () => void) {
    this.fields = fields;
    for (const field of fields) target.append(this.#build(field, `${prefix}${field.id}`));
    for (const control of this.#controls.values()) {
      control.addEventListener("change", onChange);
      control.addEventListener("input", () => {
        this.#told();
        if (control.type === "range") onChange();
      });
    }
  }

  get values(): Values {
    return Object.fromEntries(this.fields.map((field) => [field.id, this.#read(field)]));
  }

  /** Fills the controls; values that no field has are left out. */
  show(values: Values): void {
    for (const field of this.fields) {
      const control = this.#controls.get(field.id)!;
      const value = values[field.id];
      if (value === undefined) continue;
      if (field.kind === "boolean") (control as HTMLInputElement).checked = value === true;
      else control.value = String(value);
    }
    this.#told();
  }

  /** Takes texts by flags where the field allows it, and leaves the rest. */
  showTexts(texts: URLSearchParams, prefix: string): void {
    for (const field of this.fields) {
      const text = texts.get(prefix + flagOf(field));
      const control = this.#controls.get(field.id)!;
      if (text === null) continue;
      if (field.kind === "boolean") (control as HTMLInputElement).checked = text === "true";
      else {
        const before = control.value;
        // The browser complains aloud when a field for numbers is given anything else.
        if (isNumber(field) && !Number.isFinite(Number(text))) continue;
        control.value = text;
        if (control.value === "" || !control.checkValidity()) control.value = before;
      }
    }
    this.#told();
  }

  /** The values that differ from `usual`, by flags. */
  differences(usual: Values): [string, string][] {
    const { values } = this;
    return this.fields
      .filter(({ id }) => String(values[id]) !== String(usual[id]))
      .map((field) => [flagOf(field), String(values[field.id])]);
  }

  /** Whether the fields hold these values. */
  hold(values: Values, except: string): boolean {
    return this.differences(values).every(([flag]) => flag === except);
  }

  disable(which: (field: Field) => boolean): void {
    for (const field of this.fields) this.#controls.get(field.id)!.disabled = which(field);
  }

  /** The values of the fields marked `extends`; undefined when one is not valid, which the browser points out. */
  get extending(): Values | undefined {
    const fields = this.fields.filter((field) => field.extends);
    for (const { id } of fields) if (!this.#controls.get(id)!.reportValidity()) return undefined;
    return Object.fromEntries(fields.map((field) => [field.id, this.#read(field)]));
  }

  #read(field: Field): number | string | boolean {
    const control = this.#controls.get(field.id)!;
    if (field.kind === "boolean") return (control as HTMLInputElement).checked;
    return isNumber(field) ? (control as HTMLInputElement).valueAsNumber : control.value;
  }

  #told(): void {
    for (const [id, output] of this.#outputs)
      output.textContent = formatNumber((this.#controls.get(id) as HTMLInputElement).valueAsNumber, 2);
  }

  #build(field: Field, id: string): HTMLElement {
    const control = controlOf(field);
    control.id = id;
    this.#controls.set(field.id, control);
    const label = make("label", "", french(field.label)) as HTMLLabelElement;
    label.htmlFor = id;
    if (field.slider) return this.#slider(field, control, label);
    const long = (field.choices ?? []).some((choice) => choice.label.length > NARROW_CHOICE);
    const wide = field.kind === "text" || long;
    const box = make("div", wide ? "wide" : "", "");
    if (field.kind === "boolean") {
      box.className = "wide tick";
      box.append(control, label);
    } else box.append(label, control);
    if (field.hint) {
      const hint = make("span", "hint", french(field.hint));
      hint.id = `${id}-hint`;
      control.setAttribute("aria-describedby", hint.id);
      box.append(hint);
    }
    return box;
  }

  #slider(field: Field, control: Control, label: HTMLElement): HTMLElement {
    const box = make("div", "slider wide", "");
    const output = make("output", "", "") as HTMLOutputElement;
    output.htmlFor.add(control.id);
    output.id = `${control.id}-value`;
    this.#outputs.set(field.id, output);
    const ends = make("div", "ends hint", "");
    ends.ariaHidden = "true";
    ends.append(...field.slider!.map((end) => make("span", "", french(end))));
    box.append(label, output, control, ends);
    return box;
  }
}

function isNumber({ kind }: Field): boolean {
  return kind === "integer" || kind === "number";
}

function controlOf(field: Field): Control {
  if (field.kind === "choice") {
    const control = document.createElement("select");
    for (const { value, label } of field.choices ?? []) control.add(new Option(french(label), value));
    return control;
  }
  const control = document.createElement("input");
  if (field.kind === "boolean") control.type = "checkbox";
  else if (field.kind === "text") {
    control.type = "text";
    control.spellcheck = false;
  } else {
    control.type = field.slider ? "range" : "number";
    control.step = field.kind === "integer" ? "1" : field.slider ? "0.05" : "any";
    control.required = true;
    if (field.min !== undefined) control.min = String(field.min);
    if (field.max !== undefined) control.max = String(field.max);
    if (field.min !== undefined && field.max !== undefined && !field.slider)
      control.title = french(`de ${formatCount(field.min)} à ${formatCount(field.max)}`);
  }
  return control;
}
