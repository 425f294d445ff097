import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadText } from "../../examples/support/text_source.ts";

let folder = "";
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const load = (request: Partial<Parameters<typeof loadText>[0]> = {}) =>
  loadText({
    sample: { name: "un échantillon", text: "Un petit texte." },
    cacheDirectory: join(folder, "cache"),
    ...request,
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wgrad-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const TWO_PLAYS = "Un\n\nPERSONNAGES.\n\nOrgon.\n\n\nL'ÉCOLE\nDES CŒURS\n\nCOMÉDIE\n\nFin.\n";

const CSV = `play_name,act,cue
tartuffe,1,"Allons, Flipote, allons,
que d'eux je me ""délivre""."
tartuffe,1,
misanthrope,1,Laissez-moi
tartuffe,2,NaN
misanthrope,2,je vous prie.
`;

describe("loadText from a file", () => {
  it("removes the byte-order mark and makes every line break \\n", async () => {
    const loaded = await load({ data: file("a.txt", "\ufeffUn\r\ndeux\rtrois\n") });
    expect(loaded).toMatchObject({ text: "Un\ndeux\ntrois\n", kind: "file", plays: undefined });
    expect(loaded.source).toBe("a.txt : 14 caractères");
  });

  it("takes one play of a plain text", async () => {
    const loaded = await load({ data: file("a.txt", TWO_PLAYS), play: "école des coeurs" });
    expect(loaded.text.startsWith("L'ÉCOLE\n")).toBe(true);
    expect(loaded.plays).toHaveLength(2);
    expect(loaded.source).toMatch(/^a\.txt : L'ÉCOLE DES CŒURS, \d+ caractères$/);
  });

  it("joins the replies of a table as pandas does, by its name or by its header", async () => {
    for (const name of ["a.csv", "a.txt"]) {
      const loaded = await load({ data: file(name, CSV) });
      expect(loaded.text).toBe(
        `Allons, Flipote, allons,\nque d'eux je me "délivre".\nLaissez-moi\nje vous prie.`,
      );
      expect(loaded).toMatchObject({ plays: ["tartuffe", "misanthrope"], replies: 3 });
      expect(loaded.source).toBe(`${name} : 2 pièces, 3 répliques, ${loaded.text.length} caractères`);
    }
    expect((await load({ data: file("a.csv", CSV), play: "Misanthrope" })).text).toBe(
      "Laissez-moi\nje vous prie.",
    );
  });

  it("lists the columns that it found", async () => {
    await expect(load({ data: file("a.csv", "id;cue\n1;x\n") })).rejects.toThrow(
      /a\.csv: column play_name and cue not found among id;cue; expected a table with play_name and cue/,
    );
  });

  it.each([
    [new Uint8Array([0x61, 0xe9, 0x20]), "byte 0xE9 at offset 1; convert it first: iconv -f WINDOWS-1252"],
    [new Uint8Array([0xef, 0xbb, 0xbf, 0xef, 0xbf, 0xbd, 0xc3, 0xa9, 0xff]), "byte 0xFF at offset 8"],
    [new Uint8Array([0x61, 0xe2, 0x82]), "byte 0xE2 at offset 1"],
    [new Uint8Array([0xff, 0xfe, 0x61, 0x00]), "byte 0xFF at offset 0; convert it first: iconv -f UTF-16"],
    [new Uint8Array([0x1f, 0x8b, 0x08]), "byte 0x8B at offset 1; it is compressed"],
  ])("names the byte that is not UTF-8: %j", async (bytes, message) => {
    await expect(load({ data: file("a.txt", bytes) })).rejects.toThrow(`a.txt is not UTF-8: ${message}`);
  });

  it("refuses what is empty, missing or a folder", async () => {
    await expect(load({ data: file("a.txt", "\ufeff \n") })).rejects.toThrow(
      /^the text is empty: .*a\.txt; give another/,
    );
    await expect(load({ data: file("a.csv", "play_name,cue\nx,\n") })).rejects.toThrow(/^the text is empty/);
    await expect(load({ data: join(folder, "none.txt") })).rejects.toThrow(
      /cannot read .*none\.txt: no such file/,
    );
    await expect(load({ data: folder })).rejects.toThrow(/it is a folder/);
  });
});

describe("loadText without a file", () => {
  let server: Server | undefined;
  let answer = { status: 200, body: CSV };
  let hits = 0;
  let address = "";
  beforeEach(async () => {
    answer = { status: 200, body: CSV };
    hits = 0;
    server = createServer((_, response) => {
      hits++;
      if (answer.status !== 0) response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data/df.csv`;
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it("takes the sample, and leaves the network alone", async () => {
    const network = vi.spyOn(globalThis, "fetch");
    const loaded = await load();
    expect(loaded).toMatchObject({ text: "Un petit texte.", kind: "sample" });
    expect(loaded.source).toBe("l'échantillon du projet, un échantillon : 15 caractères");
    expect(network).not.toHaveBeenCalled();
  });

  it("fetches once, then reads its checked copy", async () => {
    for (let time = 0; time < 2; time++) {
      const loaded = await load({ fetch: true, address, play: "tartuffe" });
      expect(loaded).toMatchObject({ kind: "download", replies: 1 });
      expect(loaded.source).toContain(`${address} : tartuffe`);
    }
    expect(hits).toBe(1);
    expect(readdirSync(join(folder, "cache")).sort()).toEqual(["df.csv", "df.csv.sha256"]);
    expect(readFileSync(join(folder, "cache", "df.csv.sha256"), "utf8")).toMatch(
      /^[0-9a-f]{64} {2}df\.csv\n$/,
    );
  });

  it("refuses a copy that has changed", async () => {
    await load({ fetch: true, address });
    file("cache/df.csv", CSV.replace("prie", "crie"));
    await expect(load({ fetch: true, address })).rejects.toThrow(
      /df\.csv has changed since .* delete it and try again/,
    );
  });

  it.each([
    [404, "", "HTTP 404"],
    [200, "<html>Bienvenue à l'hôtel</html>\n", "la réponse n'est pas le fichier attendu"],
    [0, "", "pas de réponse en 0.2 s"],
  ])("falls back to the sample and says why: %d %s", async (status, body, why) => {
    answer = { status, body };
    const loaded = await load({ fetch: true, address, timeoutSeconds: 0.2 });
    expect(loaded.kind).toBe("sample");
    expect(loaded.source).toContain(`(téléchargement impossible : ${why})`);
    expect(() => readdirSync(join(folder, "cache"))).toThrow();
  });

  it("does so offline, too", async () => {
    const loaded = await load({ fetch: true, address: "http://127.0.0.1:1/df.csv" });
    expect(loaded.source).toContain("(téléchargement impossible : 127.0.0.1:1 est injoignable)");
  });
});
