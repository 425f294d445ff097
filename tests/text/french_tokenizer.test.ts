import { describe, expect, it } from "vitest";
import { frenchTokens } from "../../src/text/french_tokenizer.ts";

/** Words with a bar between them, as they read best. */
const split = (sentence: string): string => frenchTokens(sentence).join("|");

describe("frenchTokens", () => {
  it.each([
    ["le merle siffle près de la fenêtre", "le|merle|siffle|près|de|la|fenêtre"],
    // Elisions, with either apostrophe.
    ["l’oncle d’Hélène m’offre l’assiette", "l’|oncle|d’|Hélène|m’|offre|l’|assiette"],
    ["j'hésite, qu'en dis-tu ?", "j'|hésite|,|qu'|en|dis|-|tu|?"],
    ["lorsqu’elle rentre s’il pleut", "lorsqu’|elle|rentre|s’|il|pleut"],
    ["quelqu’un n’y va jamais c’est dit", "quelqu’|un|n’|y|va|jamais|c’|est|dit"],
    ["aujourd’hui ou Aujourd'hui", "aujourd’hui|ou|Aujourd'hui"],
    ["l’après-midi d’aujourd’hui", "l’|après-midi|d’|aujourd’hui"],
    ["le prud'homme s'entr’aide", "le|prud'homme|s'|entr’aide"],
    // Inversions.
    ["dansera-t-elle demain", "dansera|-t|-elle|demain"],
    ["n’arrive-t-il pas", "n’|arrive|-t|-il|pas"],
    ["porte-t-on un chapeau", "porte|-t|-on|un|chapeau"],
    ["puis-je, pouvons-nous, savez-vous", "puis|-je|,|pouvons|-nous|,|savez|-vous"],
    ["rient-ils ou pleurent-elles", "rient|-ils|ou|pleurent|-elles"],
    ["est-ce toi, est-il là", "est|-ce|toi|,|est|-il|là"],
    ["donne-moi ce livre-là", "donne|-moi|ce|livre|-là"],
    ["nageras-tu loin", "nageras|-|tu|loin"],
    // Compounds: known first parts and three-part ones stay whole, others do not.
    ["sa grand-mère part avant-hier", "sa|grand-mère|part|avant-hier"],
    ["un arc-en-ciel sur l'hôtel-de-ville", "un|arc-en-ciel|sur|l'|hôtel-de-ville"],
    ["un chef-d’œuvre", "un|chef-d’œuvre"],
    ["celle-ci, peut-être elle-même", "celle-ci|,|peut-être|elle-même"],
    ["vingt-deux rendez-vous", "vingt-deux|rendez-vous"],
    ["ce week-end l’oiseau-mouche vole", "ce|week|-|end|l’|oiseau|-|mouche|vole"],
    // Punctuation.
    ["« Bonjour ! » dit-il (tout bas).", "«|Bonjour|!|»|dit|-il|(|tout|bas|)|."],
    ["Vraiment... oui… non ?!", "Vraiment|...|oui|…|non|?|!"],
    ["il cria : 'au feu'", "il|cria|:|'|au|feu|'"],
    ["3,5 litres à 20% ou 2-3 verres", "3,5|litres|à|20|%|ou|2|-|3|verres"],
    ["pain,beurre et/ou miel", "pain|,|beurre|et|/|ou|miel"],
    ["M. Petit voit Mme. Roux, etc. Il part.", "M.|Petit|voit|Mme.|Roux|,|etc.|Il|part|."],
    ["né sous J.-C. au n° 3", "né|sous|J.-C.|au|n°|3"],
    ["il en a. Sept. Fin du vol.", "il|en|a|.|Sept|.|Fin|du|vol|."],
    [
      "écrire à anne@exemple.fr, voir https://exemple.fr/a-b !",
      "écrire|à|anne@exemple.fr|,|voir|https://exemple.fr/a-b|!",
    ],
    ["bravo👏🏽❤️", "bravo|👏|🏽|❤️"],
  ])("%s", (sentence, words) => {
    expect(split(sentence)).toBe(words);
  });

  it("keeps an elision, an inverted pronoun or a hyphen that stands alone, so that words joined by spaces come back", () => {
    const words = frenchTokens("l’été, chantera-t-il encore lorsqu’on s’en ira, ou viens-tu");
    expect(frenchTokens(words.join(" "))).toEqual(words);
    expect(split("dans l’")).toBe("dans|l’");
    expect(split("-elle - -t")).toBe("-elle|-|-t");
  });

  it("gives nothing for spaces and marks for marks", () => {
    expect(frenchTokens("")).toEqual([]);
    expect(frenchTokens(" \t\n\u00a0 ")).toEqual([]);
    expect(split("?!... «»")).toBe("?|!|...|«|»");
    expect(split("’ '")).toBe("’|'");
    expect(split("--- – —")).toBe("---|–|—");
  });

  it("takes a chunk of any length", () => {
    expect(frenchTokens(`${"l'".repeat(10000)}eau`).length).toBe(10001);
    expect(frenchTokens("a-".repeat(2000)).length).toBe(3999);
  });

  it("loses no character but spaces, whatever the text", () => {
    const pieces = [
      "l’",
      "qu'",
      "été",
      "-t",
      "-il",
      "-",
      "après-",
      "mi",
      "...",
      ".",
      ",",
      "«",
      "(",
      "3",
      "d",
      "’",
      "👏",
      "@",
      "É.",
      "/",
    ];
    let seed = 1;
    const next = (n: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    for (let i = 0; i < 2000; i++) {
      const text = Array.from(
        { length: 1 + next(7) },
        () => pieces[next(pieces.length)] + (next(4) ? "" : " "),
      ).join("");
      const tokens = frenchTokens(text);
      expect(tokens.join(""), text).toBe(text.replace(/\s/g, ""));
      expect(
        tokens.every((token) => token !== ""),
        text,
      ).toBe(true);
    }
  });
});
