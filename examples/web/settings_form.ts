/** A notebook's settings as a form. */
import type { DeviceKind } from "../../src/index.ts";
import { block, element, french, say, select } from "./dom.ts";
import { Fields } from "./fields.ts";
import type { Values } from "./notebook.ts";
import type { NotebookFacts } from "./protocol.ts";

const DEVICES: readonly string[] = ["auto", "webgpu", "cpu"];
/** The learner's, not the model's: it stays when a preset is picked. */
const SEED = "seed";

/** The settings part of the page. */
export class SettingsForm {
  readonly #all = element("settings-fields", HTMLFieldSetElement);
  readonly #presets: NotebookFacts["presets"];
  readonly #fields: Fields;

  constructor(
    { presets, fields }: NotebookFacts,
    onChange: () => void,
    onDevice: (kind: DeviceKind) => void,
  ) {
    const [first, ...others] = presets;
    this.#presets = [
      first,
      ...others.map((preset) => ({ ...preset, settings: { ...first.settings, ...preset.settings } })),
    ];
    const changed = (): void => {
      this.#summarize();
      onChange();
    };
    for (const { id, label } of presets) select("preset").add(new Option(french(label), id));
    const custom = new Option("Personnalisé", "custom");
    custom.disabled = true;
    select("preset").add(custom);
    this.#fields = new Fields(block("settings-list"), fields, "set-", changed);
    this.#fields.show(first.settings);
    this.#summarize();
    select("preset").addEventListener("change", () => {
      const picked = this.#presets.find(({ id }) => id === select("preset").value);
      if (picked) this.#fields.show({ ...picked.settings, [SEED]: this.settings[SEED] });
      changed();
    });
    select("device").addEventListener("change", () => {
      onChange();
      onDevice(this.device);
    });
  }

  get settings(): Values {
    return this.#fields.values;
  }

  get device(): DeviceKind {
    return select("device").value as DeviceKind;
  }

  /** What makes a run longer; undefined when it is not valid. */
  get extending(): Values | undefined {
    return this.#fields.extending;
  }

  /** Fills the form, from a loaded model. */
  show(settings: Values): void {
    this.#fields.show(settings);
    this.#summarize();
  }

  /** While a run exists only its end can be moved, and that not while it trains. */
  lock(how: "none" | "all but its end" | "all"): void {
    this.#all.disabled = how === "all";
    this.#fields.disable((field) => how !== "none" && !field.extends);
    for (const id of ["preset", "device"]) select(id).disabled = how !== "none";
  }

  /** Takes what the address says over the first settings. */
  read(address: URLSearchParams): void {
    this.#fields.show(this.#presets[0].settings);
    this.#fields.showTexts(address, "");
    const device = address.get("device") ?? "";
    select("device").value = DEVICES.includes(device) ? device : "auto";
    this.#summarize();
  }

  /** What the address has to carry. */
  get pairs(): [string, string][] {
    const pairs = this.#fields.differences(this.#presets[0].settings);
    return this.device === "auto" ? pairs : [...pairs, ["device", this.device]];
  }

  #summarize(): void {
    const same = this.#presets.find(({ settings }) => this.#fields.hold(settings, SEED));
    select("preset").value = same?.id ?? "custom";
    say(block("settings-summary"), same?.label ?? "personnalisés");
  }
}
