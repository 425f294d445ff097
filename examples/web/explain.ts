/** What the engine says, in French and with what to do on this page. The engine's own words stay beside it. */
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount } from "../support/format.ts";
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
    /^the loss is (\S+) at step (\d+)/,
    ([, loss, step]) => [
      `La perte vaut ${loss === "NaN" ? "NaN" : "l'infini"} au pas ${step} : l'apprentissage a divergé.`,
      "Choisissez un pas d'apprentissage plus petit, ou un écrêtage du gradient à 1, et relancez.",
    ],
  ],
  [
    /^the text has (\d+) characters, fewer than one window of (\d+)/,
    ([, characters, window]) => [
      `Le texte est trop court : ${formatCount(Number(characters))} caractères pour une fenêtre de ${window}.`,
      "Donnez un texte plus long ou choisissez une fenêtre plus petite.",
    ],
  ],
  [/^the text is empty/, () => ["Le texte est vide.", "Donnez un texte, ou reprenez l'échantillon."]],
  [
    /^(.*) is not UTF-8: byte (0x..) at offset (\d+)/,
    ([, name, byte, offset]) => [
      `« ${name} » n'est pas un texte UTF-8 : octet ${byte} en position ${formatCount(Number(offset))}.`,
      "Enregistrez le fichier en UTF-8 (iconv, ou « Enregistrer sous » d'un éditeur de texte), puis rouvrez-le.",
    ],
  ],
  [
    /was trained on another text \((\d+) characters/,
    ([, characters]) => [
      "Ce point de reprise a été entraîné sur un autre texte.",
      `Choisissez d'abord le même texte (${formatCount(Number(characters))} caractères), puis rouvrez le point de reprise.`,
    ],
  ],
  [
    /^the vocabulary of (\d+) characters lacks "(.*?)" /,
    ([, size, character]) => [
      `L'amorce contient « ${character} », que le modèle n'a jamais vu.`,
      `Retirez ce caractère : le texte d'entraînement n'en connaît que ${size}, sans celui-là.`,
    ],
  ],
  [/^the prompt is empty/, () => ["L'amorce est vide.", "Écrivez au moins un caractère."]],
  [
    /^no WebGPU|no adapter/,
    () => [
      "WebGPU n'est pas disponible ici.",
      `${whyNoWebGpu()} Choisissez l'appareil « auto » ou « CPU » : l'entraînement marche aussi sans carte graphique.`,
    ],
  ],
  [
    /column .* not found|the quote opened/,
    () => [
      "Ce tableau n'a pas la forme attendue.",
      "Un fichier .csv doit avoir les colonnes play_name et cue ; tout autre fichier est lu comme un texte.",
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
  generate: "L'écriture a échoué.",
};

const ADVICE: Partial<Record<string, string>> = {
  DeviceError: "Relancez l'entraînement, ou choisissez l'appareil « CPU ».",
  FileFormatError: "Choisissez un fichier .safetensors enregistré par cette page ou par npm start.",
  RangeError: "La mémoire ne suffit peut-être pas : choisissez un modèle ou un lot plus petit.",
};

/** An error in French. */
export function explain(task: Command["type"] | "text", name: string, message: string): Explanation {
  for (const [pattern, rule] of RULES) {
    const match = pattern.exec(message);
    if (!match) continue;
    const [title, advice] = rule(match);
    return { title, advice, details: message };
  }
  const title = (task !== "text" && TITLES[task]) || "Ce texte n'est pas utilisable.";
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
