import { describe, expect, it } from "vitest";
import { labelKey } from "../../src/catalogue/fold";
import { editDistance } from "../../src/catalogue/reading/edit-distance";
import { SYNONYM_GROUPS } from "../../src/catalogue/reading/synonyms";
import { profileOf, runOn } from "./support";

const PROFILE = profileOf([], {
  columns: [
    { name: "sku" },
    { name: "title", aliases: ["Nome Comercial"] },
    { name: "price_brl" },
    { name: "stock" },
    { name: "weight_kg" },
    { name: "gtin" },
    { name: "shade" },
  ],
});

/** Each column of the file as `field how`, or `?suggestion`, or `-`. */
async function boundBy(
  header: string,
  memory: Record<string, string> = {},
  profile = PROFILE,
): Promise<string[]> {
  const labelMemory = new Map(Object.entries(memory));
  const { summary } = await runOn(profile, `${header}\n${";".repeat(header.split(";").length - 1)}\n`, {
    labelMemory,
    dialect: { delimiter: ";", headerRows: [1] },
  });
  return summary.reading.columns.map(({ field, how, suggestion }) =>
    field === null ? (suggestion === undefined ? "-" : `?${suggestion}`) : `${field} ${how}`,
  );
}

describe("labels", () => {
  it.each<[string, string[]]>([
    ["sku;title;price_brl", ["sku name", "title name", "price_brl name"]],
    ["SKU;Title;Price-BRL", ["sku name", "title name", "price_brl name"]],
    ["nome_comercial;Preço (R$);Estoque*", ["title alias", "price_brl synonym", "stock synonym"]],
    ["Código;Nome do Produto;Preço de Venda", ["sku synonym", "title synonym", "price_brl synonym"]],
    ["Código de barras;Peso (kg);Qtd.", ["gtin synonym", "weight_kg synonym", "stock synonym"]],
    [
      "Referência;Título;Precio;Existencias",
      ["sku synonym", "title synonym", "price_brl synonym", "stock synonym"],
    ],
    ["EAN;Product name;Quantity", ["gtin synonym", "title synonym", "stock synonym"]],
    // The surer name wins wherever it stands, and no field has two labels.
    ["nome;title;titulo", ["-", "title name", "-"]],
    ["nome;Nome comercial", ["-", "title alias"]],
    ["nome;titulo", ["-", "title synonym"]],
    ["title;Title;title", ["title name", "-", "-"]],
    ["-;;sku", ["-", "-", "sku name"]],
    ["shade;tom", ["shade name", "-"]],
  ])("%s", async (header, bound) => {
    expect(await boundBy(header)).toEqual(bound);
  });

  it("suggests what is nearly a name, and never takes it", async () => {
    expect(await boundBy("sku;titel;estoqe;preoc;shde")).toEqual([
      "sku name",
      "?title",
      "?stock",
      "?price_brl",
      "?shade",
    ]);
    expect(await boundBy("title;titel;xyz;abc")).toEqual(["title name", "-", "-", "-"]);
    const { findings } = await runOn(
      profileOf([{ id: "r", field: "title", check: { type: "required" } }]),
      "sku,titel\n1,a\n",
    );
    expect(findings.map(({ code }) => code)).toEqual(["missing-label", "TITLE_REQUIRED"]);
  });

  it("suggests nothing that is as near to two fields", async () => {
    const profile = profileOf([], { columns: [{ name: "cost_a" }, { name: "cost_b" }] });
    expect(await boundBy("cost_x;cost_a", {}, profile)).toEqual(["?cost_b", "cost_a name"]);
    expect(await boundBy("cost_x;zzz", {}, profile)).toEqual(["-", "-"]);
  });

  it("remembers what the tenant accepted: above aliases and synonyms, below the exact name", async () => {
    const memory = { "valor promo": "price_brl", preco: "shade", "nome comercial": "shade", title: "shade" };
    expect(await boundBy("Valor_Promo;preço", memory)).toEqual(["price_brl memory", "shade memory"]);
    expect(await boundBy("Nome comercial;nome", memory)).toEqual(["shade memory", "title synonym"]);
    expect(await boundBy("title;x", memory)).toEqual(["title name", "-"]);
    expect(await boundBy("a;b", { a: "no such field", b: "sku" })).toEqual(["-", "sku memory"]);
    expect(await boundBy("b;a", { a: "sku", b: "sku" })).toEqual(["sku memory", "-"]);
  });

  it("takes no synonym that two columns of the profile share", async () => {
    const profile = profileOf([], {
      columns: [{ name: "category" }, { name: "category_id" }, { name: "sku" }],
    });
    expect(await boundBy("categoria;sku", {}, profile)).toEqual(["?category", "sku name"]);
    expect(await boundBy("category_id;sku", {}, profile)).toEqual(["category_id name", "sku name"]);
  });

  it("gives a marketplace's own Portuguese columns the other languages' names", async () => {
    const profile = profileOf([], { columns: [{ name: "titulo" }, { name: "preco" }, { name: "estoque" }] });
    expect(await boundBy("Title;Price;Stock", {}, profile)).toEqual([
      "titulo synonym",
      "preco synonym",
      "estoque synonym",
    ]);
  });
});

describe("the synonyms", () => {
  it("are written as labels are compared, and each means one thing", () => {
    const all = SYNONYM_GROUPS.flat();
    expect(all.filter((name) => labelKey(name) !== name)).toEqual([]);
    expect(all.filter((name, at) => all.indexOf(name) !== at)).toEqual([]);
  });
});

describe("editDistance", () => {
  it.each([
    ["titulo", "titulo", 0],
    ["titlo", "titulo", 1],
    ["tiutlo", "titulo", 1],
    ["titulos", "titulo", 1],
    ["tytvlo", "titulo", 2],
    ["estoque", "titulo", 3],
    ["a", "abcd", 3],
  ])("of %s and %s", (a, b, distance) => {
    expect(editDistance(a, b, 2)).toBe(distance);
    expect(editDistance(b, a, 2)).toBe(distance);
  });
});
