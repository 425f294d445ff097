/** An answer that is sent line by line while it is made. */

/** One line: plain JSON. */
export type Line = Record<string, unknown>;

const FORMATS = {
  sse: {
    type: "text/event-stream; charset=utf-8",
    write: (line: Line) => `data: ${JSON.stringify(line)}\n\n`,
  },
  ndjson: { type: "application/x-ndjson", write: (line: Line) => `${JSON.stringify(line)}\n` },
} as const;

/**
 * Server-sent events, or JSON lines. The next line is only made when the one before was taken, so a slow reader slows
 * down nobody but itself. When the client leaves, the generator is ended where it stands, and `onLeave` is called.
 */
export function linesResponse(
  lines: AsyncGenerator<Line>,
  format: keyof typeof FORMATS,
  onLeave: () => void,
): Response {
  const { type, write } = FORMATS[format];
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(write(value)));
    },
    async cancel() {
      onLeave();
      await lines.return(undefined);
    },
  });
  return new Response(body, {
    headers: { "content-type": type, "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}
