/**
 * Learns from labelled reviews to say whether a film was liked, and shows where it errs.
 *
 * Words become vectors, an LSTM reads them one after the other, and one number between 0 and 1 comes out.
 *
 * Goal: follow the notebook from text to verdict, and see where it is right, where it errs, and why. The model is an
 * Embedding, an LSTM, a Dropout and a Dense layer, 689,473 parameters, in the Keras door.
 *
 * Time: under a minute on two CPU cores for the embedded sample of 160 reviews, four minutes with --data and 4,000
 * reviews. It was not timed on a GPU.
 *
 * Expect: some 90 % on the sample's 32 test reviews. On 5,000 real reviews, 4,000 to learn from and 1,000 to test,
 *
 *   npm start -- imdb --data reviews.csv.gz --test-size 1000 --baselines
 *
 * takes the recipe "few" (examples/imdb/settings.ts: both directions, the mean of all states, a mask) and gave 83.5 %
 * after four epochs on the CPU device (AUC 0.924; 3 min 22 s). The logistic regression gave 85.9 % in 2 s, the
 * notebook's word lists 52.6 %, with an opinion on 71 % of the reviews. On a WebGPU device the first epoch is equal to
 * four digits, then roundings lead apart, and the result is another by a percent or two. The notebook's own settings
 * (--recipe notebook) are made for 25,000 reviews: with 4,000, three epochs leave them near 50 %.
 *
 * Padding matters to a network that decides by its last state. On the same reviews, in one direction, without the mean
 * (--recipe few --max-len 200 --dropout 0.2 --compare-padding):
 *
 *   padding              training loss    validation accuracy by epoch    test
 *   behind, no mask      0.693 → 0.519    54 %  74 %  77 %  78 %          79.7 %
 *   behind, mask         0.663 → 0.209    65 %  80 %  82 %  81 %          81.7 %
 *   in front, no mask    0.664 → 0.247    72 %  79 %  78 %  81 %          81.8 %
 *
 * Without a mask the notebook's padding behind learns more slowly: a review ends in zeros, and the state must carry what
 * was read across them.
 *
 * Exercises:
 *   --bidirectional, --layers 2, --attention, --cell gru   another architecture
 *   --max-len 50, 100, 400                  how much of a review is needed?
 *   --preprocess keep-punctuation,drop-stop-words           other words
 *   --augment drop,swap                     more reviews from those there are
 *   --compare-padding                       zeros behind without a mask, as the notebook, with one, and in front
 *   --baselines                             word lists and a logistic regression: does the LSTM do better?
 *   --data products.csv --text-column comment --label-column stars --positive 4,5 --negative 1,2     other data
 *   --save out/imdb.safetensors, then npm run web: try the trained model in a page
 */
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { useDevice } from "../src/index.ts";
import { CRITIQUES } from "./data/critiques.ts";
import { augmentReviews } from "./imdb/augment.ts";
import { ruleVerdict } from "./imdb/baselines.ts";
import {
  type Approach,
  approachOf,
  approachOfBagOfWords,
  approachOfRules,
  compareVerdicts,
  paddingTrials,
  type PaddingTrial,
  runPaddingTrial,
} from "./imdb/comparisons.ts";
import {
  CLASS_NAMES,
  confidentErrors,
  errorRates,
  evaluateAnswers,
  randomExamples,
} from "./imdb/evaluation.ts";
import { explore } from "./imdb/exploration.ts";
import {
  approachesPicture,
  errorPictures,
  evaluationPictures,
  explorationPictures,
  paddingPicture,
  trainingPictures,
  wordMapPicture,
} from "./imdb/figures.ts";
import { loadReviews } from "./imdb/files.ts";
import {
  ABOUT,
  csvOptionsFrom,
  dataSettingsFrom,
  FLAGS,
  refuseModelFlags,
  settingsFrom,
} from "./imdb/flags.ts";
import { MistralClient, type Verdict } from "./imdb/mistral.ts";
import { describeModel } from "./imdb/model.ts";
import { prepareReviews } from "./imdb/prepare.ts";
import { describeResults } from "./imdb/results.ts";
import { COMPARISON_SENTENCES, HARD_CASES, OWN_SENTENCES } from "./imdb/sentences.ts";
import { type DataSettings, type Recipe, recipeFor } from "./imdb/settings.ts";
import {
  agreementTable,
  approachesTable,
  errorRateTables,
  firstWords,
  hardCasesTable,
  judgedTable,
  paddingTable,
  scoresTable,
  sentencesTable,
  sentimentName,
} from "./imdb/tables.ts";
import { SentimentTraining } from "./imdb/training.ts";
import { mapWords } from "./imdb/word_map.ts";
import { commandLine, Interruption, readFlagFile, resumeCommand, runMain } from "./support/command.ts";
import { whyThisDevice } from "./support/device_text.ts";
import {
  ensureDirectory,
  ensureWritable,
  writeFigures,
  writeFileSafely,
  writeReport,
} from "./support/files.ts";
import { parseFlags } from "./support/flags.ts";
import { formatCount, formatDuration, formatNumber, formatPercent, sparkline } from "./support/format.ts";
import { Lesson } from "./support/lesson.ts";
import { terminalHistogram, textHeatMap } from "./support/tables.ts";

async function main(argv: string[]): Promise<number> {
  const started = performance.now();
  const flags = parseFlags(FLAGS, argv, ABOUT);
  if (flags.help) {
    console.log(flags.help);
    return 0;
  }
  // What cannot be read or written is better known before the training than after it.
  dataSettingsFrom(flags);
  settingsFrom(flags, "notebook");
  if (flags.load !== undefined) refuseModelFlags(flags);
  const csv = csvOptionsFrom(flags);
  ensureDirectory(flags.out);
  for (const path of [flags.json, flags.save]) if (path !== undefined) ensureWritable(path);
  const device = await useDevice(flags.device, { verify: flags.verify });
  console.log(`Appareil : ${device.description}\n           ${whyThisDevice(device.choice)}`);
  const changed = { epochs: flags.epochs, batchSize: flags.batchSize };
  const saved = flags.load
    ? SentimentTraining.load(readFlagFile("load", flags.load), device, changed, flags.load)
    : undefined;
  const data: DataSettings = { ...(saved?.data as DataSettings | undefined), ...dataSettingsFrom(flags) };
  const lesson = new Lesson((text) => console.log(text), process.stdout.columns);

  // 1. Reviews: texts or ids, and what they are like.
  lesson.chapter("Les avis");
  const source = await loadReviews({
    data: flags.data,
    wordIndex: flags.wordIndex,
    csv,
    numWords: saved?.encoder.size ?? flags.words ?? 5000,
    sample: { name: "des avis en anglais écrits pour ce projet", reviews: CRITIQUES },
    cacheDirectory: join(process.cwd(), ".cache"),
    fetch: flags.download,
  });
  const { punctuation, stopWords, minFrequency } = data;
  const { encoder, train, test, texts } = prepareReviews(source, {
    size: flags.words ?? 5000,
    ...{ punctuation, stopWords, minFrequency },
    trainLimit: data.trainSize,
    testLimit: data.testSize,
    testSize: data.testSize,
    seed: saved?.settings.seed ?? flags.seed,
    encoder: saved?.encoder,
  });
  const recipe = (flags.recipe as Recipe | undefined) ?? recipeFor(source.kind, train.length);
  const settings = saved?.settings ?? settingsFrom(flags, recipe);
  lesson.say(`Données : ${source.source}.`);
  lesson.say(
    `${formatCount(train.length)} avis d'entraînement, ${formatCount(test.length)} de test. ` +
      `Vocabulaire : ${formatCount(encoder.vocabulary.words.length)} mots, les plus fréquents ` +
      `(« ${encoder.vocabulary.words.slice(0, 5).join(" », « ")} » …).`,
  );
  for (let i = 0; i < Math.min(3, train.length); i++) {
    const text = encoder.decode(train.ids[i]);
    lesson.sample(
      `${text.slice(0, 200)}${text.length > 200 ? " …" : ""}`,
      `${sentimentName(train.labels[i])}, ${formatCount(train.ids[i].length)} mots`,
    );
  }
  lesson.say(
    "Les identifiants sont le rang du mot plus 3 (0 remplissage, 1 début, 2 mot inconnu). Le carnet oublie ce 3 ; du " +
      `premier avis il afficherait : « ${firstWords(encoder.forgottenOffset(train.ids[0]), 12)} »`,
  );
  const exploration = explore(train, settings.maxLen);
  const { lengths, mean, median, longer, positive } = exploration;
  const mark = { x: settings.maxLen, label: `limite ${formatCount(settings.maxLen)}` };
  lesson.terminal(`Longueur des avis, en mots\n${terminalHistogram(lengths, { mark })}`);
  lesson.say(
    `Longueur moyenne ${formatNumber(mean, 1)} mots, médiane ${formatNumber(median, 1)} ; ${formatCount(longer)} avis ont plus de ` +
      `${formatCount(settings.maxLen)} mots. ${formatCount(positive)} avis positifs, ${formatCount(train.length - positive)} négatifs.`,
  );
  lesson.pictures(...explorationPictures(exploration));

  // 2. Rows of one length.
  lesson.chapter(`Des lignes de ${formatCount(settings.maxLen)} identifiants`);
  const training = saved ?? SentimentTraining.start(settings, encoder, device);
  training.data = { ...data };
  // A short review, where there is one: it shows the padding.
  const shown = Math.max(
    0,
    lengths.findIndex((length) => length < settings.maxLen),
  );
  const { x } = training.rows(train.take([shown]));
  lesson.say(
    `Un avis plus court est rempli de zéros ${settings.padding === "post" ? "derrière" : "devant"}, un plus long perd ses ` +
      `${settings.truncating === "pre" ? "premiers" : "derniers"} mots. Masque : ${settings.mask ? "oui, le modèle saute les zéros" : "non, le modèle lit aussi les zéros"}.`,
  );
  const { maxLen } = settings;
  lesson.output(
    `Avis d'origine  : ${formatCount(lengths[shown])} identifiants\n` +
      `Après           : ${formatCount(maxLen)} positions, dont ${formatCount(x.data.filter((id) => id !== 0).length)} mots\n` +
      `Le début        : [${x.data.slice(0, 16).join(" ")} …]\n` +
      `La fin          : [… ${x.data.slice(-16).join(" ")}]`,
  );

  // 3. The model.
  lesson.chapter("Le modèle");
  lesson.say(describeModel(settings));
  training.model.summary({ print: (text) => lesson.output(text) });
  lesson.say(
    `Le tableau de vecteurs a ${formatCount(settings.words)} × ${formatCount(settings.embedding)} nombres ; en tout ` +
      `${formatCount(training.model.countParams())} paramètres.`,
  );

  // 4. Training. Ctrl-C stops after the step in hand and leaves a model that --load goes on with.
  lesson.chapter("L'entraînement");
  const kinds = data.augment ?? [];
  lesson.say(
    training.complete
      ? `Le modèle de ${flags.load} a ses ${formatCount(training.epochs)} époques ; --epochs en ajoute.`
      : `${saved ? `Repris de ${flags.load} après ${formatCount(training.epochs)} époques ; ` : ""}` +
          `${formatCount(settings.epochs)} époques, lots de ${formatCount(settings.batchSize)}, ` +
          `${formatPercent(settings.validation, 0)} des avis d'entraînement mis de côté pour la validation` +
          `${kinds.length > 0 ? `, une copie changée de chaque autre (${kinds.join(", ")})` : ""}.` +
          (saved || flags.quick ? "" : ` Recette « ${recipe} » (--recipe).`),
  );
  const interruption = new Interruption();
  const stops = {
    onTrainBatchBegin: (_: number, model: { stopTraining: boolean }) => {
      if (interruption.requested) model.stopTraining = true;
    },
  };
  const augment =
    kinds.length > 0
      ? { augment: (own: typeof train) => augmentReviews(own, { kinds, seed: settings.seed }) }
      : {};
  const trainingStarted = performance.now();
  await training.fit(train, { write: process.stdout, callbacks: [stops], ...augment });
  const trainingSeconds = (performance.now() - trainingStarted) / 1000;
  interruption.close();
  const path = flags.save ?? join(flags.out, "imdb.safetensors");
  if (flags.save || interruption.requested) {
    writeFileSafely(path, await training.save());
    lesson.terminal(
      `Modèle enregistré : ${path}. Pour l'essayer dans une page : npm run web, onglet IMDB, puis ouvrez ce fichier.`,
    );
  }
  if (interruption.requested) {
    console.log(
      `Interrompu ; l'époque entamée ne compte pas.\nPour continuer : ${resumeCommand(ABOUT.name, argv, path)}`,
    );
    return 130;
  }
  const curve = (name: string): string =>
    `${sparkline(training.history[name] ?? [])} ${formatNumber(training.history[name]?.at(-1) ?? Number.NaN, 4)}`;
  lesson.terminal(
    ["loss", "val_loss", "accuracy", "val_accuracy"]
      .map((name) => `${name.padEnd(13)} ${curve(name)}`)
      .join("\n"),
  );
  lesson.pictures(...trainingPictures(training.history));

  // 5. Reviews that it has never seen.
  lesson.chapter(`${formatCount(test.length)} avis jamais vus`);
  const evaluation = evaluateAnswers(test.labels, await training.probabilities(test));
  lesson.say(
    `Exactitude sur le test : ${formatPercent(evaluation.accuracy, 2)} (${formatCount(evaluation.right)} sur ` +
      `${formatCount(test.length)}) ; perte : ${formatNumber(evaluation.loss, 4)}` +
      `${evaluation.auc === undefined ? "" : ` ; aire sous la courbe ROC : ${formatNumber(evaluation.auc, 3)}`}.`,
  );
  const wordsOf = (index: number): string => encoder.decode(test.ids[index]);
  lesson.table(
    judgedTable("Exemples de prédictions", randomExamples(evaluation, 8, settings.seed), wordsOf, 12),
  );
  const [rowLabels, rowTitle, columnTitle] = [CLASS_NAMES, "Réalité", "Prédictions"];
  const heat = textHeatMap(evaluation.confusion, {
    rowLabels,
    columnLabels: rowLabels,
    rowTitle,
    columnTitle,
  });
  lesson.terminal(`Matrice de confusion\n${heat}\n\nRapport de classification\n${evaluation.report}`);
  lesson.record(scoresTable(evaluation));
  lesson.pictures(...evaluationPictures(evaluation));

  // 6. What the Embedding has learnt.
  lesson.chapter("Les vecteurs de mots");
  const map = await mapWords(training, settings.seed);
  lesson.say(
    `${formatCount(map.points.length)} mots choisis, projetés dans le plan par t-SNE (perplexité ${formatCount(map.perplexity)}). ` +
      `${map.missing.length > 0 ? `Hors du vocabulaire : ${map.missing.join(", ")}. ` : ""}` +
      `Cosinus moyen de deux mots d'un même camp (positif ou négatif) : ${formatNumber(map.within, 2)} ; de deux mots de camps opposés : ${formatNumber(map.across, 2)}.`,
  );
  if (map.points.length > 2) lesson.pictures(wordMapPicture(map));

  // 7. Sentences of one's own, by the same encoder as the reviews.
  lesson.chapter("Vos propres phrases");
  const sentences = await training.predictAll(OWN_SENTENCES);
  lesson.table(sentencesTable(sentences));
  lesson.say(
    "Les phrases passent par le même encodeur que les avis. Sans le 3 que le carnet oublie, son modèle lirait de la première : " +
      `« ${encoder.decode(encoder.forgottenOffsetIds(OWN_SENTENCES[0])) || "rien"} »`,
  );

  // 8. Where it errs.
  lesson.chapter("Les erreurs");
  const [[, falsePositives], [falseNegatives]] = evaluation.confusion;
  const wrong = test.length - evaluation.right;
  lesson.say(
    `${formatCount(wrong)} erreurs sur ${formatCount(test.length)} (${formatPercent(wrong / test.length)}) : ` +
      `${formatCount(falsePositives)} faux positifs (négatifs classés positifs), ${formatCount(falseNegatives)} faux négatifs.`,
  );
  const errors = confidentErrors(evaluation, 3);
  if (errors.falsePositives.length > 0)
    lesson.table(judgedTable("Faux positifs les plus sûrs", errors.falsePositives, wordsOf, 25));
  if (errors.falseNegatives.length > 0)
    lesson.table(judgedTable("Faux négatifs les plus sûrs", errors.falseNegatives, wordsOf, 25));
  lesson.table(hardCasesTable(await training.predictAll(HARD_CASES.map(({ text }) => text))));
  const rates = errorRates(evaluation, test);
  for (const table of errorRateTables(rates)) lesson.table(table);
  lesson.pictures(...errorPictures(rates));

  // 9. Another judge for four sentences.
  lesson.chapter("Un autre juge");
  const cellName = { lstm: "LSTM", gru: "GRU", rnn: "SimpleRNN" }[settings.cell];
  const four = await training.predictAll(COMPARISON_SENTENCES);
  const listVerdicts = COMPARISON_SENTENCES.map(ruleVerdict);
  lesson.table(agreementTable(cellName, "listes de mots", compareVerdicts(four, listVerdicts)));
  const mistral = await askMistral(flags);
  if (Array.isArray(mistral))
    lesson.table(agreementTable(cellName, "Mistral", compareVerdicts(four, mistral)));
  else lesson.say(mistral);

  // 10. and 11. Exercises that compare.
  const approaches: Approach[] = [];
  if (flags.baselines) {
    lesson.chapter("Faut-il un réseau récurrent ?");
    const words = await approachOfBagOfWords(train, test, encoder, device, settings.seed);
    approaches.push(
      approachOfRules(texts?.test ?? test.ids.map((ids) => encoder.decode(ids)), test.labels),
      words.approach,
      approachOf(cellName, evaluation, training.model.countParams(), trainingSeconds),
    );
    lesson.table(approachesTable(approaches));
    lesson.say(
      `Les mots que la régression pèse le plus : pour, « ${words.strongest.positive.join(", ")} » ; contre, ` +
        `« ${words.strongest.negative.join(", ")} ».`,
    );
    lesson.pictures(approachesPicture(approaches));
  }
  const trials: PaddingTrial[] = [];
  if (flags.comparePadding) {
    lesson.chapter("Où remplir, et faut-il un masque ?");
    for (const trial of paddingTrials(settings)) {
      console.log(`\n${trial.name}`);
      trials.push(await runPaddingTrial(trial, encoder, train, test, device, { write: process.stdout }));
    }
    lesson.table(paddingTable(trials));
    lesson.pictures(paddingPicture(trials));
  }

  // What is left behind: a report to look at, the pictures, and numbers to compute with.
  lesson.chapter("À retenir");
  lesson.notes(TAKE_AWAY);
  const seconds = (performance.now() - started) / 1000;
  const results = describeResults({
    ...{ device, training, data, evaluation, sentences, approaches, trials, trainingSeconds, seconds },
    source: source.source,
    trainingReviews: train.length,
    chapters: lesson.chapters,
    command: commandLine(ABOUT.name, argv),
  });
  const report = writeReport(flags.out, results.report);
  const figures = writeFigures(join(flags.out, "figures"), results.report);
  console.log(`\nDurée totale : ${formatDuration(seconds)}`);
  console.log(
    `Rapport      : ${report}, et ${formatCount(figures.length)} figures SVG dans ${join(flags.out, "figures")}`,
  );
  if (!flags.save) console.log("Pour garder le modèle : --save out/imdb.safetensors");
  if (flags.json) writeFileSafely(flags.json, `${JSON.stringify(results.json, null, 2)}\n`);
  if (flags.interactive || process.stdin.isTTY) await prompt(training);
  device.dispose();
  return 0;
}

const TAKE_AWAY = [
  "Un texte devient des nombres en trois temps : des mots, des identifiants, des vecteurs que l'entraînement déplace.",
  "Le LSTM lit dans l'ordre ; ce qu'il lit en dernier pèse le plus, et des zéros derrière un avis effacent ce qu'il a lu.",
  "Négation, ironie et contraste restent difficiles : il faudrait plus d'avis, ou un modèle qui en a déjà lu beaucoup.",
  "Avec peu d'avis, compter les mots fait aussi bien : comparez (--baselines) avant de croire à un grand modèle.",
];

/** The judgements of a language model, or why there are none. */
async function askMistral(flags: {
  mistralUrl?: string;
  mistralModel?: string;
}): Promise<Verdict[] | string> {
  const apiKey = process.env.MISTRAL_API_KEY;
  if (!apiKey) return "Avec une clé dans MISTRAL_API_KEY, un grand modèle de langue juge aussi ces phrases.";
  try {
    const client = new MistralClient({ apiKey, baseUrl: flags.mistralUrl, model: flags.mistralModel });
    const verdicts: Verdict[] = [];
    for (const sentence of COMPARISON_SENTENCES) verdicts.push(await client.classify(sentence));
    return verdicts;
  } catch (error) {
    return `Pas de jugement de Mistral : ${(error as Error).message}`;
  }
}

/** Asks for sentences until there are none. */
async function prompt(training: SentimentTraining): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  lines.setPrompt("Une phrase en anglais (quit pour finir) : ");
  console.log();
  lines.prompt();
  for await (const line of lines) {
    const text = line.trim();
    if (text.toLowerCase() === "quit") break;
    if (text !== "") {
      const { positive, confidence, words, unknown } = await training.predict(text);
      console.log(
        `${sentimentName(positive)} (confiance ${formatPercent(confidence)}), ${formatCount(words)} mots lus`,
      );
      if (unknown.length > 0) console.log(`Mots inconnus du modèle : ${unknown.join(", ")}`);
    }
    console.log();
    lines.prompt();
  }
  lines.close();
}

await runMain(main);
