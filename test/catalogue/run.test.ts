import { describe, expect, it } from "vitest";
import { MERCADO_LIVRE_PROFILE } from "../../src/catalogue/profiles/mercado-livre";
import { runOn } from "./support";

describe("runCatalogue", () => {
  it("corrects the cells that its fixes reach and leaves every other byte alone", async () => {
    const file =
      "sku,título,preço,condition,extra\r\n" +
      'A1,"Tênis de corrida azul","1.234,56",novo,"x ""y"""\r\n' +
      "A2,Camiseta lisa branca,10.50,new, keep \n" +
      "A3,Curto,abc,velho,";
    const { summary, findings, outputText } = await runOn(MERCADO_LIVRE_PROFILE, file);
    expect(outputText).toBe(
      "sku,título,preço,condition,extra\r\n" +
        'A1,"Tênis de corrida azul","1234.56",new,"x ""y"""\r\n' +
        "A2,Camiseta lisa branca,10.50,new, keep \n" +
        "A3,Curto,abc,velho,",
    );
    expect(summary.counters).toEqual({ total: 3, processed: 3, errors: 2, warnings: 1, corrections: 1 });
    expect(findings.map(({ row, code }) => `${row} ${code}`)).toEqual([
      "1 PRICE_INVALID_FORMAT",
      "1 CONDITION_INVALID_VALUE",
      "2 mixed-line-ends",
      "3 TITLE_TOO_SHORT",
      "3 PRICE_NOT_NUMERIC",
      "3 PRICE_NOT_NUMERIC",
      "3 CONDITION_INVALID_VALUE",
    ]);
    expect(findings[0]).toEqual({
      row: 1,
      line: 2,
      column: 3,
      byte_offset: 64,
      field: "price",
      rule_id: "price_decimal",
      code: "PRICE_INVALID_FORMAT",
      severity: "error",
      message: "preço: badly formed (decimal, at most 2 places).",
      value: "1.234,56",
      expected: "decimal, at most 2 places",
      fix: { before: "1.234,56", after: "1234.56", rule: "price_decimal", class: "safe", applied: true },
    });
  });
});
