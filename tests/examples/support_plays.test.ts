import { describe, expect, it } from "vitest";
import { findPlays, isCueTable, parseCsv, pickPlay, TextError } from "../../examples/support/plays.ts";

const TWO_PLAYS = `Le Fâcheux

  PERSONNAGES.       ACTEURS.

  ORGON.             MOLIÈRE.


ACTE PREMIER


SCÈNE I.--ORGON.

Ah! les comédies!

FIN DU FÂCHEUX.




L'ÉCOLE
DES CŒURS[12]

COMÉDIE EN TROIS ACTES


REPRÉSENTÉE POUR LA PREMIÈRE FOIS A PARIS.


PRÉFACE

Voici une pièce qui parut trop longue au parterre.


  PERSONNAGES DU PROLOGUE.

  LA COMÉDIE.


  PERSONNAGES DE LA COMÉDIE.

  LÉLIE.


ACTE PREMIER

LÉLIE.

Fin.
`;

describe("parseCsv", () => {
  it("reads quotes, line breaks and commas inside, empty fields and missing ends", () => {
    expect(parseCsv('a,"b\nc",""\r\n"x""y",,z\n\n,\n"q"', "t.csv")).toEqual([
      ["a", "b\nc", ""],
      ['x"y', "", "z"],
      ["", ""],
      ["q"],
    ]);
    expect(parseCsv("a,b,", "t.csv")).toEqual([["a", "b", ""]]);
    expect(parseCsv('5" tall,"a"b', "t.csv")).toEqual([['5" tall', "ab"]]);
    expect(parseCsv("", "t.csv")).toEqual([]);
  });

  it("names the line of a quote that is never closed", () => {
    expect(() => parseCsv('a\nb,"c\nd', "t.csv")).toThrow(
      /t\.csv: the quote opened in line 2 is never closed/,
    );
  });
});

describe("findPlays", () => {
  it("finds titles by what stands around them", () => {
    const plays = findPlays(TWO_PLAYS);
    expect(plays.map((play) => play.title)).toEqual(["Le Fâcheux", "L'ÉCOLE DES CŒURS"]);
    expect(plays[0].text).toMatch(/^Le Fâcheux\n[\s\S]*FIN DU FÂCHEUX\.$/);
    expect(plays[1].text).toMatch(/^L'ÉCOLE\nDES CŒURS\[12\]\n[\s\S]*Fin\.$/);
  });

  it("finds none in prose", () => {
    expect(findPlays("Bonjour.\n\n\nComment vas-tu ?\n\n\nPersonnages de roman, bonsoir.\n")).toEqual([]);
    expect(findPlays("")).toEqual([]);
  });
});

describe("pickPlay", () => {
  const plays = [
    "L'AMOUR MÉDECIN",
    "LE TARTUFFE OU L'IMPOSTEUR",
    "LE SICILIEN OU L'AMOUR PEINTRE",
    "LE SICILIEN",
  ].map((title) => ({
    title,
    text: title,
  }));

  it.each([
    ["tartuffe", "LE TARTUFFE OU L'IMPOSTEUR"],
    ["Le tartuffe", "LE TARTUFFE OU L'IMPOSTEUR"],
    ["amour medecin", "L'AMOUR MÉDECIN"],
    ["sicilien", "LE SICILIEN"],
    ["l’imposteur", "LE TARTUFFE OU L'IMPOSTEUR"],
  ])("%s is %s", (wanted, title) => {
    expect(pickPlay(plays, wanted, "t").title).toBe(title);
  });

  it("says what is near and what there is", () => {
    const all = plays.map((play) => play.title).join(", ");
    expect(() => pickPlay(plays, "tartufe", "t.txt")).toThrow(
      new TextError(
        `t.txt: no play is called "tartufe"; did you mean LE TARTUFFE OU L'IMPOSTEUR? available: ${all}`,
      ),
    );
    expect(() => pickPlay(plays, "amour", "t.txt")).toThrow(
      "could be L'AMOUR MÉDECIN or LE SICILIEN OU L'AMOUR PEINTRE; write more of the title; available:",
    );
    expect(() => pickPlay(plays, "hamlet", "t.txt")).toThrow(/"hamlet"; available:/);
    expect(() => pickPlay([], "hamlet", "t.txt")).toThrow(/no titles of plays were found/);
  });
});

describe("isCueTable", () => {
  it("goes by the header line", () => {
    expect(isCueTable('"cue","play_name"\n')).toBe(true);
    expect(isCueTable("play_name,cue\r\n")).toBe(true);
    expect(isCueTable("Un texte sans colonnes")).toBe(false);
  });
});
