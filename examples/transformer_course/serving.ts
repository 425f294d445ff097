/** The last chapter: where a trained model goes from here. */
import type { Lesson } from "../support/lesson.ts";

export function servingChapter(lesson: Lesson): { readonly commands: readonly string[] } {
  const commands = ["npm start -- translation", "npm run serve"];
  lesson.chapter("Et maintenant : traduire, et servir");
  lesson.say(
    "Un Transformer sur des suites au hasard n'apprend rien qui serve. L'exemple translation entraîne le même modèle, en plus " +
      "petit, sur quelque chose qui se juge : des nombres en lettres anglaises, à écrire en lettres françaises. Il atteint " +
      "presque toujours la réponse exacte sur des nombres qu'il n'a jamais vus, et montre où chaque tête regarde.",
  );
  lesson.output("npm start -- translation", "Pour l'entraîner et lui parler");
  lesson.say(
    "Le cours met enfin un modèle derrière une adresse : POST /predict sur le port 5000. npm run serve fait de même avec " +
      "tout modèle que les exemples ont écrit par --save, et la ligne curl du cours y marche telle quelle :",
  );
  lesson.output(
    'npm run serve\ncurl -X POST http://127.0.0.1:5000/predict -H "Content-Type: application/json" -d \'{"text": "…"}\'\n→ {"predicted_class": 1}',
    "Pour le servir",
  );
  return { commands };
}
