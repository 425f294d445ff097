/** Distillation: a small model that learns from the answers of a large one. */
import { distillationLoss, moduleBytes, noGrad, softmaxHost, tensor } from "../../src/index.ts";
import { formatCount, formatNumber, formatPercent } from "../support/format.ts";
import { writeFrench } from "../translation/numbers.ts";
import { showCode } from "./listing.ts";
import { evaluate, inferenceTimes, type NumberReader, type ReaderLoss, trained } from "./number_reader.ts";
import type { OptimisationRoom } from "./optimisation.ts";
import { firstOf, LETTERS, lettersOf, NUMBERS } from "./typos.ts";

/** Students of one amount of examples: accuracies seed by seed. */
export interface StudentResult {
  readonly examples: number;
  readonly alone: readonly number[];
  readonly distilled: readonly number[];
}

export interface DistillationFacts {
  readonly teacher: { parameters: number; bytes: number; accuracy: number };
  readonly student: { parameters: number; bytes: number };
  readonly results: readonly StudentResult[];
}

export async function distillationLesson(room: OptimisationRoom): Promise<DistillationFacts> {
  const { lesson, device, model, settings, examples, tests, options } = room;
  const { temperature, alpha, seeds, student, studentTraining } = settings;
  lesson.chapter("Distillation : un grand modèle en instruit un petit");
  lesson.say(
    "Une étiquette dit « 76 » et rien d'autre. Le maître, lui, donne une probabilité à chaque nombre : il dit aussi que 60 ou 66 " +
      "étaient possibles, et 3 presque pas. Divisés par une température T, ses scores s'aplatissent et montrent mieux ces nuances.",
  );
  const typed = "soixnte-sze";
  lesson.table(await softAnswers(model, typed, temperature));
  lesson.say(
    "L'élève apprend des deux : des réponses du maître, à la même température, et des vraies étiquettes.",
  );
  lesson.output(
    `perte = α · T² · KL( softmax(maître / T) ‖ softmax(élève / T) ) + (1 − α) · entropie croisée( élève, étiquette )\n` +
      `T = ${formatCount(temperature)}, α = ${formatCount(alpha)}`,
  );
  showCode(lesson, options, "distillation_lesson.ts", "lossFrom");

  const results: StudentResult[] = [];
  let sample: NumberReader | undefined;
  for (const count of settings.studentExamples) {
    const seen = firstOf(examples, count);
    const result = { examples: count, alone: [] as number[], distilled: [] as number[] };
    for (let i = 0; i < seeds; i++) {
      // The same initial weights and the same batches for both.
      const seed = options.seed + 1 + i;
      const alone = await trained(student, device, seen, studentTraining, seed);
      const loss = lossFrom(model, temperature, alpha);
      const distilled = await trained(student, device, seen, studentTraining, seed, loss);
      result.alone.push((await evaluate(alone, tests)).accuracy);
      result.distilled.push((await evaluate(distilled, tests)).accuracy);
      sample = distilled;
    }
    results.push(result);
  }
  const facts = {
    teacher: { parameters: model.countParameters(), bytes: moduleBytes(model), accuracy: room.accuracy },
    student: { parameters: sample!.countParameters(), bytes: moduleBytes(sample!) },
    results,
  };
  const batch = settings.batches.at(-1)!;
  const times = await inferenceTimes([model, sample!], firstOf(tests, batch), settings.timedRuns);
  const [teacherTime, studentTime] = times.map((milliseconds) => formatNumber(milliseconds, 2));
  lesson.table({
    caption: `Textes nouveaux bien lus ; élèves : moyenne de ${seeds} graines, et de la pire à la meilleure`,
    header: ["modèle", "exemples", "paramètres", "octets", `ms, ${batch} textes`, "exactitude", "étendue"],
    rows: [
      [
        "maître",
        formatCount(settings.examples),
        formatCount(facts.teacher.parameters),
        formatCount(facts.teacher.bytes),
        teacherTime,
        formatPercent(room.accuracy),
        "",
      ],
      ...results.flatMap(({ examples, alone, distilled }) =>
        [["élève seul", alone] as const, ["élève distillé", distilled] as const].map(([name, accuracies]) => [
          name,
          formatCount(examples),
          formatCount(facts.student.parameters),
          formatCount(facts.student.bytes),
          studentTime,
          formatPercent(mean(accuracies)),
          `${formatPercent(Math.min(...accuracies))} – ${formatPercent(Math.max(...accuracies))}`,
        ]),
      ),
    ],
  });
  lesson.notes([
    ...results.map(verdict),
    `L'élève a ${formatNumber(facts.teacher.parameters / facts.student.parameters, 1)} fois moins de paramètres que le maître. Distiller n'est utile que ` +
      "si l'élève doit être petit, ou si le maître sait ce que les étiquettes de l'élève ne disent pas : Hinton et ses coauteurs (2015, " +
      "section 6) ne gardent que 3 % des exemples, et les réponses du maître remplacent presque le reste.",
  ]);
  return facts;
}

/** The loss of a student of this teacher, for `train`. */
export function lossFrom(teacher: NumberReader, temperature: number, alpha: number): ReaderLoss {
  return (logits, targets, ids) => {
    const answers = noGrad(() => teacher.forward(ids));
    return distillationLoss(logits, answers, targets, { temperature, alpha });
  };
}

/** What the numbers say, whichever way they fall. */
function verdict({ examples, alone, distilled }: StudentResult): string {
  const gains = distilled.map((accuracy, i) => accuracy - alone[i]);
  const gain = mean(gains);
  const points = `${formatNumber(Math.abs(100 * gain), 1)} points`;
  const better = gains.filter((each) => each > 0).length;
  const of = `pour ${better} graine${better > 1 ? "s" : ""} sur ${gains.length}`;
  const start = `Avec ${formatCount(examples)} exemples`;
  if (better === gains.length)
    return `${start}, le maître fait gagner ${points} en moyenne, et à chaque graine.`;
  if (better === 0)
    return `${start}, le maître fait perdre ${points} en moyenne : l'élève apprend mieux des étiquettes seules.`;
  return `${start}, l'écart moyen est de ${gain < 0 ? "−" : ""}${points} (gain ${of}) : il ne dépasse pas le hasard des graines.`;
}

/** The teacher's likeliest numbers for a text, at temperature 1 and at another. */
async function softAnswers(model: NumberReader, typed: string, temperature: number) {
  const { device } = model.embedding.weight;
  const ids = tensor(lettersOf([typed]), { device, shape: [1, LETTERS] });
  const logits = await noGrad(() => model.forward(ids)).data();
  const [sharp, soft] = [1, temperature].map((t) => softmaxHost(Float32Array.from(logits, (v) => v / t)));
  const best = Array.from({ length: NUMBERS }, (_, n) => n).sort((a, b) => logits[b] - logits[a]);
  return {
    caption: `Ce que le maître lit dans « ${typed} »`,
    header: ["nombre", "en lettres", "score", "T = 1", `T = ${formatCount(temperature)}`],
    rows: best
      .slice(0, 5)
      .map((n) => [
        n,
        writeFrench(n),
        formatNumber(logits[n], 1),
        formatPercent(sharp[n], 2),
        formatPercent(soft[n], 2),
      ]),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
