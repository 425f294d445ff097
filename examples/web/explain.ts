/** What the engine says, in French and with what to do on this page. The engine's own words stay beside it. */
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount } from "../support/format.ts";
import type { Advice } from "./notebook.ts";
import type { Command, DeviceFacts } from "./protocol.ts";

/** An error for the learner; `details` are the engine's words. */
export interface Explanation {
  title: string;
  advice: string;
  details: string;
}

type Rule = [pattern: RegExp, explain: (match: RegExpExecArray) => [title: string, advice: string]];

const RULES: readonly Rule[] = [
  [
    /the loss (?:is (\S+) at step (\d+)|of epoch (\d+) is (\S+)):/,
    ([, loss, step, epoch, ofEpoch]) => [
      `La perte vaut ${(loss ?? ofEpoch) === "NaN" ? "NaN" : "l'infini"} ${step ? `au pas ${step}` : `à l'époque ${epoch}`} : l'apprentissage a divergé.`,
      "Choisissez un pas d'apprentissage plus petit, ou un écrêtage du gradient à 1 s'il y en a un, et relancez.",
    ],
  ],
  [
    /not a (?:checkpoint|model) of the/,
    () => [
      "Ce fichier vient d'un autre carnet.",
      "Choisissez le carnet où il a été enregistré, puis rouvrez-le.",
    ],
  ],
  [
    /^(.*) is not UTF-8: byte (0x..) at offset (\d+)/,
    ([, name, byte, offset]) => [
      `« ${name} » n'est pas un texte UTF-8 : octet ${byte} en position ${formatCount(Number(offset))}.`,
      "Enregistrez le fichier en UTF-8 (iconv, ou « Enregistrer sous » d'un éditeur de texte), puis rouvrez-le.",
    ],
  ],
  [
    /^no WebGPU|no adapter/,
    () => [
      "WebGPU n'est pas disponible ici.",
      `${whyNoWebGpu()} Choisissez l'appareil « auto » ou « CPU » : l'entraînement marche aussi sans carte graphique.`,
    ],
  ],
];

/** Titles for what no rule knows, by what was being done. */
const TITLES: Partial<Record<Command["type"], string>> = {
  probe: "L'appareil ne répond pas.",
  train: "L'entraînement a échoué.",
  resume: "L'entraînement n'a pas pu reprendre.",
  load: "Ce fichier n'est pas un point de reprise utilisable.",
  save: "Le point de reprise n'a pas pu être écrit.",
  data: "Ces données ne sont pas utilisables.",
  ask: "Le modèle n'a pas pu répondre.",
  conclude: "Le bilan a échoué.",
  draw: "Une figure n'a pas pu être dessinée.",
  notebook: "Le carnet n'a pas pu être chargé.",
};

const ADVICE: Partial<Record<string, string>> = {
  DeviceError: "Relancez l'entraînement, ou choisissez l'appareil « CPU ».",
  FileFormatError: "Choisissez un fichier .safetensors enregistré par cette page ou par npm start.",
  RangeError: "La mémoire ne suffit peut-être pas : choisissez un modèle ou un lot plus petit.",
};

/** An error in French; `advice` is what the notebook says of it. */
export function explain(task: Command["type"], name: string, message: string, advice?: Advice): Explanation {
  if (advice) return { ...advice, details: message };
  for (const [pattern, rule] of RULES) {
    const match = pattern.exec(message);
    if (!match) continue;
    const [title, todo] = rule(match);
    return { title, advice: todo, details: message };
  }
  const title = TITLES[task] ?? "Quelque chose a échoué.";
  return { title, advice: ADVICE[name] ?? "", details: `${name}: ${message}` };
}

function whyNoWebGpu(): string {
  if (!window.isSecureContext)
    return "Les navigateurs ne l'offrent qu'aux pages servies par https ou depuis localhost, ce qui n'est pas le cas.";
  if (!navigator.gpu) return "Ce navigateur ne l'offre pas ; Chrome et Edge l'offrent depuis la version 113.";
  return "Ce navigateur le connaît, mais aucune carte graphique utilisable ne répond (voir chrome://gpu).";
}

/** Which device computes and why, as a sentence; without WebGPU also what could be done about it. */
export function describeDevice({ kind, description, choice }: DeviceFacts): string {
  const name = kind === "cpu" ? "CPU, en TypeScript" : description.replace(", browser)", ")");
  const line = `Appareil : ${name}, ${whyThisDevice(choice)}.`;
  return choice === "no-adapter" ? `${line} ${whyNoWebGpu()}` : line;
}
