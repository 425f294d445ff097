/** The settings as a form and as the address's hash: a link carries what differs from the ready-made model. */
import type { DeviceKind } from "../../src/index.ts";
import { NOTEBOOK, SAMPLE, type Settings } from "../moliere/settings.ts";
import { formatCount } from "../support/format.ts";
import { block, element, input, say, select } from "./dom.ts";

const NUMBERS = [
  "window",
  "stride",
  "batchSize",
  "embedding",
  "units",
  "layers",
  "dropout",
  "learningRate",
  "clip",
  "epochs",
  "seed",
] as const;

/** In the hash, settings have the names of the command line's flags. */
const FLAG_NAMES: Readonly<Record<string, string>> = { batchSize: "batch-size", learningRate: "lr" };
const flagName = (id: string): string => FLAG_NAMES[id] ?? id;

/** Fields beside the settings that the hash carries too, and their values when it does not. */
const OTHERS: Readonly<Record<string, string>> = {
  predict: SAMPLE.predict,
  device: "auto",
  prompt: "Quand l'Amour",
  temperature: "0.8",
  length: "400",
  sampling: "stateful",
};

const PRESETS: Readonly<Record<string, Settings>> = { sample: SAMPLE, notebook: NOTEBOOK };

type Field = HTMLInputElement | HTMLSelectElement;
const field = (id: string): Field => document.getElementById(id) as Field;

/** The settings part of the page. */
export class SettingsForm {
  readonly #fields = element("settings-fields", HTMLFieldSetElement);

  constructor(onDevice: (kind: DeviceKind) => void) {
    this.show(SAMPLE);
    this.#readHash();
    select("preset").addEventListener("change", () => {
      // The device and the seed are the learner's, not the model's.
      this.show({ ...PRESETS[select("preset").value], seed: this.settings.seed });
      this.#changed();
    });
    for (const id of [...NUMBERS, ...Object.keys(OTHERS)])
      field(id).addEventListener("change", () => this.#changed());
    select("device").addEventListener("change", () => onDevice(this.device));
    window.addEventListener("hashchange", () => {
      if (this.#fields.disabled) return;
      this.show(SAMPLE);
      this.#readHash();
      onDevice(this.device);
    });
  }

  get settings(): Settings {
    const numbers = Object.fromEntries(NUMBERS.map((id) => [id, input(id).valueAsNumber]));
    return { ...SAMPLE, ...numbers, predict: select("predict").value as Settings["predict"] };
  }

  get device(): DeviceKind {
    return select("device").value as DeviceKind;
  }

  get epochs(): number {
    return input("epochs").valueAsNumber;
  }

  /** Fills the form, from a preset or a checkpoint. */
  show(settings: Settings): void {
    for (const id of NUMBERS) input(id).value = String(settings[id]);
    select("predict").value = settings.predict;
    this.#summarize();
  }

  /** While a run exists only its end can be moved, and that not while it trains. */
  lock(how: "none" | "all but epochs" | "all"): void {
    this.#fields.disabled = how === "all";
    for (const control of this.#fields.querySelectorAll<Field>("input, select"))
      control.disabled = how !== "none" && control.id !== "epochs";
  }

  #changed(): void {
    this.#summarize();
    this.#writeHash();
  }

  #summarize(): void {
    const { window, batchSize, units, layers, epochs } = this.settings;
    const same = Object.entries(PRESETS).find(([, preset]) =>
      [...NUMBERS, "predict" as const].every((id) => id === "seed" || String(preset[id]) === field(id).value),
    );
    select("preset").value = same?.[0] ?? "custom";
    const width = `${formatCount(units)} unités${layers > 1 ? ` × ${layers}` : ""}`;
    say(
      block("settings-summary"),
      `fenêtre ${window}, lot ${batchSize}, ${width}, ${epochs} époque${epochs > 1 ? "s" : ""}`,
    );
  }

  #writeHash(): void {
    const parameters = new URLSearchParams();
    for (const id of NUMBERS)
      if (field(id).value !== String(SAMPLE[id])) parameters.set(flagName(id), field(id).value);
    for (const [id, usual] of Object.entries(OTHERS))
      if (field(id).value !== usual) parameters.set(flagName(id), field(id).value);
    const hash = parameters.toString();
    // Unlike `location.hash`, this leaves no trace in the history and fires no event.
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  /** Takes what the hash says where the field allows it, and leaves the rest. */
  #readHash(): void {
    const parameters = new URLSearchParams(location.hash.slice(1));
    for (const id of [...NUMBERS, ...Object.keys(OTHERS)]) {
      const usual = OTHERS[id] ?? String(SAMPLE[id as (typeof NUMBERS)[number]]);
      const given = parameters.get(flagName(id)) ?? usual;
      // The browser complains aloud when a field for numbers is given anything else.
      field(id).value = field(id).type === "number" && !Number.isFinite(Number(given)) ? usual : given;
      if (field(id).value === "" || !field(id).checkValidity()) field(id).value = usual;
    }
    this.#summarize();
  }
}
