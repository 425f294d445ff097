/** An answer of the model's, on its way to the page. */
import { breathe } from "./breath.ts";
import { keepFigures } from "./figures.ts";
import type { Session, Voice } from "./notebook.ts";
import type { Report } from "./protocol.ts";

/** A small model writes faster than the page lays out: pieces are sent together, this often. */
const PIECE_MILLISECONDS = 25;

/** Asks a model, if there is one, and sends its text as it grows, then the rest; an end is sent whatever happens. */
export async function answerQuestion(
  session: Session | undefined,
  { question, input, options }: Voice,
  send: (report: Report) => void,
  cancelled: () => boolean,
): Promise<void> {
  let held = "";
  let sentAt = 0;
  const pass = (): void => {
    if (held !== "") send({ type: "piece", question, text: held, given: false });
    held = "";
    sentAt = performance.now();
  };
  const onText = (text: string, given = false): void => {
    if (given) send({ type: "piece", question, text, given });
    else held += text;
    if (performance.now() - sentAt > PIECE_MILLISECONDS) pass();
  };
  const shouldStop = async (): Promise<boolean> => {
    await breathe();
    return cancelled();
  };
  let parts = keepFigures({});
  let text: string | undefined;
  try {
    if (!session) return;
    const answered = await session.ask(question, input, options, onText, shouldStop);
    pass();
    text = answered.text;
    parts = keepFigures(answered);
  } finally {
    send({ type: "answer", question, text, ...parts });
  }
}
