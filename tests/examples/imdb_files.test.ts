/** Where reviews come from: tables, folders, Keras's files, and what each says when it is not what it should be. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { gzipSync, strToU8 } from "fflate";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readReviewsCsv } from "../../examples/imdb/csv.ts";
import { loadReviews, readReviewFolders } from "../../examples/imdb/files.ts";
import { describeReviews, isEmptyReview } from "../../examples/imdb/reviews.ts";
import { sha256 } from "../../examples/support/download.ts";
import { parseCsv } from "../../examples/support/plays.ts";
import { FileFormatError, Generator } from "../../src/index.ts";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/npz.json", import.meta.url), "utf8"));
const NPZ = new Uint8Array(Buffer.from(fixture.keras.npz, "base64"));
const WORD_INDEX = JSON.stringify(fixture.keras.word_index);

let folder = "";
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
};
const SAMPLE = {
  name: "deux avis",
  reviews: [
    { text: "Good", label: 1 },
    { text: "Bad", label: 0 },
  ],
};
const load = (request: Partial<Parameters<typeof loadReviews>[0]> = {}) =>
  loadReviews({ sample: SAMPLE, cacheDirectory: join(folder, "cache"), ...request });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wgrad-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe("parseCsv", () => {
  it("reads any well-made table as csv-parse does", () => {
    const random = new Generator(5);
    const pieces = ["a", "é ", ",", ";", "\t", '"', "\n", "<br />", ""];
    for (const separator of [",", ";", "\t"] as const)
      for (let round = 0; round < 40; round++) {
        const rows = Array.from({ length: 5 }, () =>
          Array.from(
            { length: 3 },
            (_, i) =>
              (i === 0 ? "x" : "") +
              Array.from({ length: 4 }, () => pieces[random.integer(pieces.length)]).join(""),
          ),
        );
        const text = rows
          .map((row) => row.map((f) => `"${f.replaceAll('"', '""')}"`).join(separator))
          .join("\n");
        expect(parseCsv(text, "x", separator)).toEqual(rows);
        expect(parseCsv(text, "x", separator)).toEqual(parse(text, { delimiter: separator }));
      }
  });
});

describe("readReviewsCsv", () => {
  it("reads quoted reviews with their ids", () => {
    const text = 'id,sentiment,review\na1,1,"Good, they say: ""great""\nand long"\na2,0,Bad\n';
    expect(readReviewsCsv(text, "a.csv")).toEqual({
      reviews: [
        { id: "a1", label: 1, text: 'Good, they say: "great"\nand long' },
        { id: "a2", label: 0, text: "Bad" },
      ],
      empty: [],
    });
  });

  it("recognises gzip by its first bytes, whatever the name", () => {
    const packed = gzipSync(strToU8("review,sentiment\nFine film,positive\nDull,negative\n"));
    expect(readReviewsCsv(packed, "a.csv").reviews).toEqual([
      { text: "Fine film", label: 1 },
      { text: "Dull", label: 0 },
    ]);
  });

  it.each([
    ["label;text\nPos;Yes\nneg;No\n", {}],
    ["text\tlabel\nYes\tpos\nNo\tneg\n", {}],
    [
      "stars,comment\n5,Yes\n3,Meh\n1,No\n",
      { labelColumn: "stars", positive: ["4", "5"], negative: ["1", "2"] },
    ],
  ])("takes other separators, names and labels: %j", (text, options) => {
    const { reviews } = readReviewsCsv(text, "a.csv", options);
    expect(reviews).toEqual([
      { text: "Yes", label: 1 },
      { text: "No", label: 0 },
    ]);
  });

  it("leaves empty reviews aside and says where they were", () => {
    const table = readReviewsCsv(
      'sentiment,review\n1,Good\n0,"  "\n1,<br /><br />\n0,"..."\n0,Bad\n',
      "a.csv",
    );
    expect(table.reviews).toHaveLength(2);
    expect(table.empty).toEqual(["ligne 2", "ligne 3", "ligne 4"]);
    expect(describeReviews(table)).toBe(
      "2 avis : 1 positif, 1 négatif (3 avis vides laissés de côté : ligne 2, ligne 3, ligne 4)".replaceAll(
        "row",
        "row",
      ),
    );
    expect(isEmptyReview("7")).toBe(false);
    expect(isEmptyReview("<br/>ok")).toBe(false);
  });

  it.each([
    [
      "id,sentiment\n1,1\n",
      {},
      /^a\.csv: no column "review" or "text" .* among id, sentiment; name it with textColumn$/,
    ],
    [
      "id,review\n1,x\n",
      {},
      /no column "sentiment" or "label" .* among id, review; name it with labelColumn/,
    ],
    [
      "review,stars\nx,1\n",
      { labelColumn: "star" },
      /no column "star" among review, stars; did you mean "stars"\?/,
    ],
    [
      "review,sentiment\nx,1\ny,maybe\n",
      {},
      /row 2: the label is "maybe", expected 1, positive, pos or 0, negative, neg in column "sentiment"/,
    ],
    ["review,sentiment\nx,\n", {}, /row 1: the label is ""/],
    ["sentiment,review\n1\n", {}, /row 1 has 1 column, the header has 2/],
    ["review,sentiment\n", {}, /a\.csv has no reviews: 0 rows below the header$/],
    ["review,sentiment\n,1\n", {}, /has no reviews: 1 row below the header, 1 of them empty/],
    ["", {}, /a\.csv is empty/],
  ])("says what is wrong: %j", (text, options, message) => {
    const read = (): unknown => readReviewsCsv(text, "a.csv", options);
    expect(read).toThrow(message);
    expect(read).toThrow(FileFormatError);
  });

  it("says that a compressed file is truncated, and asks for no memory that it does not need", () => {
    const lines = Array.from({ length: 300 }, (_, i) => `word${(i * 7919) % 1000} film,${i % 2}`).join("\n");
    const packed = gzipSync(strToU8(`review,sentiment\n${lines}\n`));
    for (const length of [10, 20, packed.length >> 1, packed.length - 5])
      expect(() => readReviewsCsv(packed.slice(0, length), "a.csv.gz"), `${length}`).toThrow(
        /^a\.csv\.gz cannot be unpacked \(.+\); it is truncated or damaged, get it again$/,
      );
  });
});

describe("readReviewFolders", () => {
  const review = (path: string, text: string): string => file(`aclImdb/${path}`, text);
  beforeEach(() => {
    review("train/pos/10_9.txt", "Tenth");
    review("train/pos/9_7.txt", "Ninth");
    review("train/neg/0_2.txt", "Bad");
    review("train/unsup/1_0.txt", "ignored");
  });

  it("reads both parts by number, positive ones first", () => {
    review("test/pos/0_10.txt", "Great");
    review("test/neg/1_1.txt", "Awful");
    review("test/neg/2_1.txt", " \n");
    const loaded = readReviewFolders(join(folder, "aclImdb"));
    expect(loaded).toMatchObject({
      form: "texts",
      train: [
        { id: "9_7", text: "Ninth", label: 1 },
        { id: "10_9", text: "Tenth", label: 1 },
        { id: "0_2", text: "Bad", label: 0 },
      ],
      test: [
        { id: "0_10", text: "Great", label: 1 },
        { id: "1_1", text: "Awful", label: 0 },
      ],
    });
    expect(loaded.source).toContain("(1 avis vide laissé de côté : neg/2_1.txt)");
    expect(readReviewFolders(folder)).toEqual(loaded);
  });

  it("takes a folder with pos and neg only", async () => {
    const loaded = await load({ data: join(folder, "aclImdb/train") });
    expect(loaded).toMatchObject({ form: "texts", test: undefined });
    expect(loaded.source).toBe("train : 3 avis : 2 positifs, 1 négatif");
  });

  it("names what is missing and what is there", () => {
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(join(elsewhere, "train/pos"), { recursive: true });
    expect(() => readReviewFolders(elsewhere)).toThrow(
      /train\/pos has no reviews: expected files named ID_RATING\.txt/,
    );
    file("elsewhere/train/pos/1_9.txt", "x");
    expect(() => readReviewFolders(elsewhere)).toThrow(/elsewhere\/train has no folder "neg"; it holds pos$/);
    rmSync(join(elsewhere, "train"), { recursive: true });
    expect(() => readReviewFolders(elsewhere)).toThrow(
      /elsewhere has no folder "train" .*; it holds nothing$/,
    );
  });
});

describe("loadReviews", () => {
  it("takes the sample, and leaves the network alone", async () => {
    const network = vi.spyOn(globalThis, "fetch");
    expect(await load()).toMatchObject({
      form: "texts",
      train: SAMPLE.reviews,
      kind: "sample",
      source: "l'échantillon du projet, deux avis : 2 avis : 1 positif, 1 négatif",
    });
    expect(network).not.toHaveBeenCalled();
  });

  it("reads tables and npz files by their names", async () => {
    const table = await load({ data: file("a.csv", "review,sentiment\nGood,1\nBad,0\n") });
    expect(table).toMatchObject({
      form: "texts",
      kind: "file",
      source: "a.csv : 2 avis : 1 positif, 1 négatif",
    });
    const data = file("imdb.npz", NPZ);
    await expect(load({ data })).rejects.toThrow(
      /cannot read .*imdb_word_index\.json: no such file; give the words of the npz file with --word-index FILE/,
    );
    const other = file("words.json", WORD_INDEX);
    const loaded = await load({ data, wordIndex: other, numWords: 10 });
    expect(loaded).toMatchObject({ form: "ids", source: "imdb.npz : 14 avis d'entraînement, 9 de test" });
    if (loaded.form === "ids") expect(loaded.train.ids).toEqual(fixture.keras.results[1].x_train);
    await expect(load({ data: join(folder, "none.csv") })).rejects.toThrow(
      /cannot read .*none\.csv: no such file/,
    );
  });

  describe("from a server", () => {
    let server: Server;
    let status = 200;
    let npz: string | Uint8Array = NPZ;
    let hits: string[] = [];
    let addresses = { npz: "", npzSha256: sha256(NPZ), wordIndex: "" };
    beforeEach(async () => {
      [status, npz, hits] = [200, NPZ, []];
      server = createServer(({ url = "" }, response) => {
        hits.push(url);
        if (status !== 0) response.writeHead(status).end(url.endsWith(".json") ? WORD_INDEX : npz);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      addresses = { ...addresses, npz: `${base}/imdb.npz`, wordIndex: `${base}/imdb_word_index.json` };
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    it("fetches both files once", async () => {
      for (let time = 0; time < 2; time++)
        expect(await load({ fetch: true, addresses, timeoutSeconds: 15 })).toMatchObject({
          form: "ids",
          kind: "download",
        });
      expect(hits).toEqual(["/imdb_word_index.json", "/imdb.npz"]);
      expect(readdirSync(join(folder, "cache"))).toHaveLength(4);
    });

    it.each([
      [404, NPZ, "HTTP 404"],
      [0, NPZ, "pas de réponse en 0.2 s"],
      [200, "<html>hotel</html>", "la réponse n'est pas le fichier attendu"],
    ])("falls back to the sample and says why: %d", async (answer, body, why) => {
      [status, npz] = [answer, body];
      // A busy machine may take a while to answer; only the silent server must be waited out.
      const timeoutSeconds = answer === 0 ? 0.2 : 10;
      const loaded = await load({ fetch: true, addresses, timeoutSeconds });
      expect(loaded.kind).toBe("sample");
      expect(loaded.source).toContain(`(téléchargement impossible : ${why})`);
    });

    it("does so offline, too", async () => {
      const down = { ...addresses, wordIndex: "http://127.0.0.1:1/imdb_word_index.json" };
      expect((await load({ fetch: true, addresses: down })).source).toContain("127.0.0.1:1 est injoignable");
    });
  });
});

describe("the modules of the example", () => {
  it("leave files to files.ts, so that a page can use the rest", () => {
    const modules = new URL("../../examples/imdb/", import.meta.url);
    const users = readdirSync(modules).filter((name) =>
      readFileSync(new URL(name, modules), "utf8").includes('"node:'),
    );
    expect(users).toEqual(["files.ts"]);
  });
});
