import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileProfile } from "../../../src/catalogue/profile/compile";
import { SHIPPED_PROFILES } from "../../../src/catalogue/profiles";
import type { VerdictFormat } from "../../../src/catalogue/verdicts/cause";
import { pastedJson } from "../../../src/catalogue/verdicts/pasted-json";
import { Judgement, readAnswer } from "../../../src/catalogue/verdicts/verdicts";
import {
  AMAZON_ASINS,
  AMAZON_FEED_REPORT,
  AMAZON_PREVIEW,
  MERCADO_LIVRE_FIELD_TYPES,
  MERCADO_LIVRE_VALIDATIONS,
} from "../../fixtures/verdicts/answers";
import { parsedProfile } from "../parsed-profile";

function judged(answer: unknown, profileId: string, format: VerdictFormat | "auto" = "auto") {
  const profile = SHIPPED_PROFILES.get(profileId);
  const paste = readAnswer(answer, format);
  if (!profile || !paste) throw new Error("nothing to judge");
  const judgement = new Judgement(profile, compileProfile(profile));
  const verdicts = paste.causes.flatMap((cause) => judgement.of(paste.format, cause));
  return verdicts.map(({ field, attribute, ruleIds, ourCode, known }) => [
    attribute,
    field,
    ourCode,
    ruleIds.join(" "),
    known,
  ]);
}

describe("an answer of Mercado Livre", () => {
  it("is told in the fields and rules of the profile", () => {
    expect(judged(MERCADO_LIVRE_VALIDATIONS, "mercado_livre@1.1.0")).toEqual([
      ["AGE_GROUP", null, "AGE_GROUP_REQUIRED", "", true],
      ["brand", null, "BRAND_RESTRICTED", "", true],
      ["price", "price", "PRICE_TOO_LOW", "price_range", true],
      ["price", "price", "PRICE_TOO_HIGH", "price_range", true],
      ["BRAND", null, "BRAND_REQUIRED", "", true],
      ["MODEL", null, "MODEL_REQUIRED", "", true],
      ["pictures", "pictures", "PICTURES_REQUIRED", "pictures_count pictures_required", true],
      ["gtin", "gtin", "GTIN_CHECK_DIGIT", "gtin_valid", true],
      ["title", "title", "TITLE_TOO_SHORT", "title_length_min", true],
    ]);
  });

  it("finds the attributes of a category where the profile has them", () => {
    const verdicts = judged(MERCADO_LIVRE_VALIDATIONS, "mercado_livre_phones@1.0.0");
    expect(verdicts).toContainEqual(["MODEL", "MODEL", "MODEL_REQUIRED", "MODEL_required", true]);
    expect(verdicts).toContainEqual(["BRAND", "brand", "BRAND_REQUIRED", "", true]);
  });

  it("without causes is read by its own code", () => {
    const [price, contact] = judged(MERCADO_LIVRE_FIELD_TYPES, "mercado_livre@1.0.0");
    expect(price).toEqual(["price", "price", "PRICE_NOT_NUMERIC", "price_decimal price_range", true]);
    expect(contact?.slice(0, 2)).toEqual(["seller_contact", null]);
  });

  it("of a code that nobody has described keeps its words and its field, and guesses nothing", () => {
    const cause = { code: "item.title.too_shiny", cause_id: 9, references: ["item.title"], message: "Shiny" };
    expect(judged({ cause: [cause] }, "mercado_livre@1.0.0")).toEqual([["title", "title", null, "", false]]);
  });
});

describe("an answer of Amazon", () => {
  it("is told in the fields and rules of the profile", () => {
    expect(judged(AMAZON_PREVIEW, "amazon@1.0.0")).toEqual([
      [
        "externally_assigned_product_identifier",
        "product_id",
        "PRODUCT_ID_REQUIRED",
        "product_id_required",
        true,
      ],
      ["merchant_suggested_asin", "product_id", "PRODUCT_ID_REQUIRED", "product_id_required", true],
    ]);
    expect(readAnswer(AMAZON_PREVIEW, "auto")?.causes.map(({ sku }) => sku)).toEqual(["11111", "11111"]);
  });

  it("names attributes in its words where it does not list them", () => {
    expect(judged(AMAZON_ASINS, "amazon@1.0.0")).toEqual([
      ["product_id", "product_id", "PRODUCT_ID_INVALID_VALUE", "", true],
      ["standard_product_id", "product_id", "PRODUCT_ID_REQUIRED", "product_id_required", true],
      ["item_name", "product_name", "PRODUCT_NAME_REQUIRED", "product_name_required", true],
    ]);
  });

  it("may be a feed's report", () => {
    const paste = readAnswer(AMAZON_FEED_REPORT, "auto");
    expect(paste?.format).toBe("amazon");
    expect(paste?.causes.map(({ messageId, code }) => [messageId, code])).toEqual([
      [1, "4002008"],
      [2, "4002008"],
    ]);
  });

  it("of an unknown code says what its category says", () => {
    const issue = {
      code: "777",
      severity: "ERROR",
      message: "?",
      categories: ["MISSING_ATTRIBUTE"],
      attributeNames: ["item_name"],
    };
    expect(judged({ issues: [issue] }, "amazon@1.0.0")).toEqual([
      ["item_name", "product_name", "PRODUCT_NAME_REQUIRED", "product_name_required", false],
    ]);
  });
});

describe("an answer for a profile of the tenant's own", () => {
  it("finds columns by the names that files have for them", () => {
    const profile = parsedProfile({
      columns: [{ name: "Nome do anúncio", aliases: ["title"] }],
      rules: [
        { id: "short", field: "Nome do anúncio", check: { type: "length", min: 20 }, severity: "error" },
        {
          id: "off",
          field: "Nome do anúncio",
          check: { type: "length", min: 9 },
          severity: "error",
          enabled: false,
        },
      ],
    });
    const judgement = new Judgement(profile, compileProfile(profile));
    const [cause] =
      readAnswer({ cause: [{ code: "item.title.minimum_length", cause_id: 3705 }] }, "auto")?.causes ?? [];
    expect(cause && judgement.of("mercado_livre", cause)).toMatchObject([
      { field: "Nome do anúncio", ruleIds: ["short"], ourCode: "NOME_DO_ANUNCIO_TOO_SHORT" },
    ]);
  });
});

describe("what people paste", () => {
  const json = JSON.stringify(MERCADO_LIVRE_VALIDATIONS, null, 1);
  const count = MERCADO_LIVRE_VALIDATIONS.cause.length;
  const causesOf = (answer: unknown) => readAnswer(answer, "auto")?.causes.length ?? 0;

  it.each([
    ["the body", json, count],
    ["the body as JSON", MERCADO_LIVRE_VALIDATIONS, count],
    ["a whole answer", `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n${json}`, count],
    ["a line of a log", `2026-11-24 [worker {7}] ERROR POST /items -> 400 ${json} (took 3 ms)`, count],
    ["a JSON string of it", JSON.stringify(json), count],
    ["two, one after the other", `${json}\n---\n${json}`, 2 * count],
    ["several in a list", [MERCADO_LIVRE_VALIDATIONS, { body: MERCADO_LIVRE_VALIDATIONS }], 2 * count],
    ["the causes alone", MERCADO_LIVRE_VALIDATIONS.cause, count],
    ["one cause alone", MERCADO_LIVRE_VALIDATIONS.cause[0], 1],
    ["issues alone", AMAZON_PREVIEW.issues, 2],
    ["a success", { id: "MLB1", status: "active" }, 0],
    ["no JSON", "The item was refused, sorry.", 0],
    ["half of it", json.slice(0, 200), 0],
    ["it with a bracket lost", json.replace("[", ""), count],
    ["numbers", "12", 0],
  ])("%s is read", (_what, answer, causes) => {
    expect(causesOf(answer)).toBe(causes);
  });

  it("is read in bounds: never deeper, never more, and never for long", () => {
    const deep = `${'{"a":'.repeat(40)}{"cause":[{"code":"x","cause_id":1}]}${"}".repeat(40)}`;
    expect(causesOf(deep)).toBe(0);
    const many = { cause: Array.from({ length: 5_000 }, (_, n) => ({ code: `c${n}`, cause_id: n })) };
    expect(readAnswer(many, "auto")).toMatchObject({ isCut: true, causes: { length: 1_000 } });
    expect(causesOf("{".repeat(262_144))).toBe(0);
    expect(causesOf('{"'.repeat(131_072))).toBe(0);
    expect(causesOf("[".repeat(262_144))).toBe(0);
    const long = "x".repeat(200_000);
    const [cause] =
      readAnswer(
        { cause: [{ code: long, cause_id: long, message: long, references: [long, "item.title"] }] },
        "auto",
      )?.causes ?? [];
    expect(cause?.code.length).toBeLessThanOrEqual(120);
    expect(cause?.message.length).toBeLessThanOrEqual(1_000);
    expect(cause?.attributes).toEqual(["title"]);
  });

  it("takes any JSON, and any text, without a fault", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.constantFrom("cause", "issues", "errors", "message"),
        (value, name) => {
          readAnswer({ [name]: value }, "auto");
          readAnswer(
            [{ code: value, severity: value, cause_id: value, references: value, attributeNames: value }],
            "auto",
          );
          expect(pastedJson(`é ${JSON.stringify([value])} ü`)).toEqual([JSON.parse(JSON.stringify([value]))]);
        },
      ),
      { seed: 9, numRuns: 500 },
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'{}[]"\\,:a1 \n') }),
        (text) => void readAnswer(text, "auto"),
      ),
      { seed: 9, numRuns: 2_000 },
    );
  });
});
