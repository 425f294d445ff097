/** The figures of results and answers: the worker draws them in the page's width and colours, and again as files. */
import { slug } from "../support/report_blocks.ts";
import { downloadFile, french, make } from "./dom.ts";
import { pageColors } from "./page_colors.ts";
import type { Command, Drawing, FigureFacts, Report } from "./protocol.ts";

/** While the page's width changes, this long. */
const SETTLE_MILLISECONDS = 150;

interface Shown {
  readonly target: HTMLElement;
  drawnWidth: number;
}

/** All figures that are shown, wherever they stand. */
export class Pictures {
  readonly #post: (command: Command) => void;
  readonly #shown = new Map<number, Shown>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(post: (command: Command) => void) {
    this.#post = post;
    window.addEventListener("resize", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(false), SETTLE_MILLISECONDS);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#ask(true));
  }

  /** Appends figures, which are drawn as soon as the worker has time. */
  show(target: HTMLElement, figures: readonly FigureFacts[]): void {
    for (const { figure, title, caption } of figures) {
      const picture = make("div", "picture", "");
      picture.role = "img";
      picture.ariaLabel = french(title);
      const file = make("button", "quiet", "SVG") as HTMLButtonElement;
      file.type = "button";
      file.ariaLabel = french(`Télécharger « ${title} » en SVG`);
      file.addEventListener("click", () => this.#post({ type: "draw", figure, file: true }));
      const below = make("figcaption", "", "");
      below.append(make("span", "", french(caption)), file);
      const whole = make("figure", "drawn", "");
      whole.append(picture, below);
      target.append(whole);
      this.#shown.set(figure, { target: picture, drawnWidth: 0 });
    }
    this.#ask(false);
  }

  take({ figure, file, title, svg }: Extract<Report, { type: "drawn" }>): void {
    if (file) {
      downloadFile(new Blob([svg], { type: "image/svg+xml" }), `${slug(title)}.svg`);
      return;
    }
    const shown = this.#shown.get(figure);
    const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    shown?.target.replaceChildren(document.adoptNode(drawn));
  }

  /** Asks for drawings of what has another width now, or of everything; forgets what the page no longer has. */
  #ask(again: boolean): void {
    for (const [figure, shown] of this.#shown) {
      const { target, drawnWidth } = shown;
      const width = target.clientWidth;
      if (!target.isConnected) this.#shown.delete(figure);
      else if (width > 0 && (again || width !== drawnWidth)) {
        shown.drawnWidth = width;
        const drawing: Drawing = { figure, width, colors: pageColors() };
        this.#post({ type: "draw", ...drawing });
      }
    }
  }
}
