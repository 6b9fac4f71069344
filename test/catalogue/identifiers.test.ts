import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandUpcE } from "../../src/catalogue/checks/identifiers/upc-e";
import { compileCheck } from "../../src/catalogue/checks/checks";
import { CheckSchema } from "../../src/catalogue/profile/check-schema";
import { cnpj, cpf, gs1, isbn10 } from "./check-digits";

const SOLD = { type: "gtin", prefixes: "sold" };
const IMAGES = { type: "image_url", extensions: ["jpg", "PNG"], separator: ",", min: 1, max: 2 };

function checkOf(json: object) {
  return compileCheck(CheckSchema.parse(json), {});
}

const CASES: readonly (readonly [object, Readonly<Record<string, string | null>>])[] = [
  [{ type: "gtin" }, { "7,89E+12": "INVALID_FORMAT", "2000000000008": null, "04252614": "CHECK_DIGIT" }],
  [
    { type: "gtin", kinds: ["GTIN-12", "GTIN-13"] },
    {
      "4006381333931": null,
      "614141000036": null,
      "73513537": "INVALID_FORMAT",
      "10614141000415": "INVALID_FORMAT",
      "4006381333932": "CHECK_DIGIT",
      "7,89E+12": "SCIENTIFIC_NOTATION",
      "7.8910003155E+12": "SCIENTIFIC_NOTATION",
      "7e+12": "SCIENTIFIC_NOTATION",
      "789E12": "INVALID_FORMAT",
    },
  ],
  [
    SOLD,
    {
      "7891000315507": null,
      "036000291452": null,
      "73513537": null,
      "10614141000415": null,
      // A periodical (ISSN), a book, printed music.
      "9771234567003": null,
      "9780306406157": null,
      "9790060115615": null,
      [gs1("200000000000")]: "RESTRICTED",
      [gs1("029999999999")]: "RESTRICTED",
      [gs1("040000000000")]: "RESTRICTED",
      // The prefix of a UPC-A starts with the zero that it leaves out.
      [gs1("20000000000")]: "RESTRICTED",
      [gs1("50000000000")]: "RESTRICTED",
      [gs1("05000000000")]: null,
      [gs1("1299000000000")]: "RESTRICTED",
      [gs1("140000000000")]: "INVALID_PREFIX",
      [gs1("952000000000")]: "RESTRICTED",
      [gs1("970000000000")]: "INVALID_PREFIX",
      [gs1("981000000000")]: "RESTRICTED",
      [gs1("985000000000")]: "INVALID_PREFIX",
      [gs1("990000000000")]: "RESTRICTED",
      [gs1("0123456")]: "RESTRICTED",
      [gs1("2123456")]: "RESTRICTED",
      [gs1("9991234")]: "INVALID_PREFIX",
      [gs1("000000212345")]: "RESTRICTED",
      "00000073513537": null,
    },
  ],
  [
    { type: "upc_e" },
    {
      "04252614": null,
      "06543217": null,
      "06543218": "CHECK_DIGIT",
      "26543217": "INVALID_FORMAT",
      "6543217": "INVALID_FORMAT",
      "0654321X": "INVALID_FORMAT",
    },
  ],
  [
    { type: "isbn" },
    {
      "9780306406157": null,
      "0306406152": null,
      "080442957X": null,
      "9791090636071": null,
      "080442957x": "INVALID_FORMAT",
      "0X06406152": "INVALID_FORMAT",
      "9780306406158": "CHECK_DIGIT",
      "0306406153": "CHECK_DIGIT",
      "9790060115615": "INVALID_PREFIX",
      "7891000315507": "INVALID_PREFIX",
      "978-0-306-40615-7": "INVALID_FORMAT",
      "9,78E+12": "SCIENTIFIC_NOTATION",
    },
  ],
  [
    { type: "isbn", kinds: ["ISBN-13"] },
    { "9780306406157": null, "0306406152": "INVALID_FORMAT" },
  ],
  [
    { type: "isbn", kinds: ["ISBN-10"] },
    { "9780306406157": "INVALID_FORMAT", "0306406152": null },
  ],
  [
    { type: "ncm" },
    {
      "85171300": null,
      "01012100": null,
      "97060000": null,
      "8517.13.00": "INVALID_FORMAT",
      "77000000": "INVALID_VALUE",
      "98000000": "INVALID_VALUE",
      "00121000": "INVALID_VALUE",
      "1012100": "INVALID_FORMAT",
    },
  ],
  [
    { type: "cest" },
    {
      "2105300": null,
      "21.053.00": "INVALID_FORMAT",
      "0005300": "INVALID_VALUE",
      "2905300": "INVALID_VALUE",
    },
  ],
  [
    { type: "cpf" },
    {
      "52998224725": null,
      "11144477735": null,
      "52998224724": "CHECK_DIGIT",
      "11111111111": "INVALID_VALUE",
      "529.982.247-25": "INVALID_FORMAT",
      "5,30E+10": "SCIENTIFIC_NOTATION",
    },
  ],
  [
    { type: "cnpj" },
    {
      // Receita Federal's own example of an alphanumeric number.
      "12ABC34501DE35": null,
      "12ABC34501DE36": "CHECK_DIGIT",
      "12abc34501de35": "INVALID_FORMAT",
      "12.ABC.345/01DE-35": "INVALID_FORMAT",
      "12ABC34501DEAB": "INVALID_FORMAT",
      "12ÁBC34501DE35": "INVALID_FORMAT",
      "11222333000181": null,
      "00000000000191": null,
      "00000000000000": "INVALID_VALUE",
      "1,12E+13": "SCIENTIFIC_NOTATION",
    },
  ],
  [
    { type: "cep" },
    {
      "01310100": null,
      "01310-100": "INVALID_FORMAT",
      "1310100": "INVALID_FORMAT",
      "00310100": "INVALID_VALUE",
    },
  ],
  [
    { type: "image_url" },
    { "https://a.com/b": null, "https://a.com/b c": "INVALID_FORMAT", "ftp://a.com/b.jpg": "INVALID_FORMAT" },
  ],
  [
    IMAGES,
    {
      "https://a.com/b.jpg": null,
      "https://a.com/b.JPG?size=1": null,
      "https://a.com/b.jpg, http://x.b.com/c/d.png": null,
      "https://a.com/b.jpg,,": null,
      ",": "TOO_FEW",
      "https://a.com/b.jpg,https://a.com/b.jpg,https://a.com/b.jpg": "TOO_MANY",
      "https://a.com/b.gif": "INVALID_FORMAT",
      "https://a.com/jpg": "INVALID_FORMAT",
      "https://a.com/b.gif?x=b.jpg": "INVALID_FORMAT",
      "https://a.com/b.jpg;https://a.com/c.jpg": null,
      "a.jpg, b.png": "INVALID_FORMAT",
    },
  ],
  [{ type: "format", format: "cnpj" }, { "12ABC34501DE35": null }],
];

const ROWS = CASES.flatMap(([check, values]) =>
  Object.entries(values).map(([value, fault]) => ({ check, value, fault, name: JSON.stringify(check) })),
);

describe("identifiers", () => {
  it.each(ROWS)("$name says $fault of '$value'", ({ check, value, fault }) => {
    expect(checkOf(check).judge(value)).toBe(fault);
  });

  it("clears by its screen every bare identifier of the right kind", () => {
    const encoder = new TextEncoder();
    for (const { check, value, fault } of ROWS) {
      const { screen } = checkOf(check);
      const bytes = encoder.encode(`1${value}1`);
      const passes = screen?.(bytes, 1, bytes.length - 1);
      if ((check as { type: string }).type === "image_url") expect(passes && fault).not.toBeTypeOf("string");
      else expect({ value, passes }).toEqual({ value, passes: fault === null });
    }
  });
});

describe("GS1 prefixes", () => {
  const classes: readonly [string, string, string | null][] = [
    ["000", "019", null],
    ["020", "029", "RESTRICTED"],
    ["030", "039", null],
    ["040", "059", "RESTRICTED"],
    ["060", "139", null],
    ["140", "199", "INVALID_PREFIX"],
    ["200", "299", "RESTRICTED"],
    ["300", "950", null],
    ["951", "951", "INVALID_PREFIX"],
    ["952", "952", "RESTRICTED"],
    ["953", "969", null],
    ["970", "976", "INVALID_PREFIX"],
    ["977", "979", null],
    ["980", "984", "RESTRICTED"],
    ["985", "989", "INVALID_PREFIX"],
    ["990", "999", "RESTRICTED"],
  ];
  const classesOf8: readonly [string, string, string | null][] = [
    ["000", "099", "RESTRICTED"],
    ["100", "199", null],
    ["200", "299", "RESTRICTED"],
    ["300", "976", null],
    ["977", "999", "INVALID_PREFIX"],
  ];
  const { judge } = checkOf(SOLD);

  it.each(classes)("from %s to %s are %s", (first, last, fault) => {
    for (const prefix of [first, last]) {
      expect(judge(gs1(`${prefix}123456789`))).toBe(fault);
      expect(judge(gs1(`3${prefix}123456789`))).toBe(fault);
      if (prefix.startsWith("0")) expect(judge(gs1(`${prefix.slice(1)}123456789`))).toBe(fault);
    }
  });

  it.each(classesOf8)("of a GTIN-8 from %s to %s are %s", (first, last, fault) => {
    for (const prefix of [first, last]) {
      expect(judge(gs1(`${prefix}1234`))).toBe(fault);
      expect(judge(gs1(`000000${prefix}1234`))).toBe(fault);
    }
  });
});

describe("expandUpcE", () => {
  it.each([
    ["06543217", "065100004327"],
    ["04252614", "042100005264"],
    ["06543218", null],
    ["065100004327", null],
  ])("makes '%s' %s", (upcE, upcA) => {
    expect(expandUpcE(upcE)).toBe(upcA);
  });

  it("undoes the suppression of zeros", () => {
    const upcA = fc.oneof(
      // Manufacturer and product as each of the four rules wants them.
      fc.tuple(digits(2), fc.constantFrom("000", "100", "200"), fc.constant("00"), digits(3)),
      fc.tuple(digits(2), fc.constantFrom("3", "4", "9"), fc.constant("00000"), digits(2)),
      fc.tuple(digits(3), fc.constantFrom("1", "5", "9"), fc.constant("00000"), digits(1)),
      fc.tuple(
        digits(4),
        fc.constantFrom("1", "5", "9"),
        fc.constant("0000"),
        fc.constantFrom("5", "7", "9"),
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom("0", "1"), upcA, (system, parts) => {
        const whole = gs1(system + parts.join(""));
        expect(whole).toHaveLength(12);
        expect(expandUpcE(suppressed(whole))).toBe(whole);
      }),
      { seed: 31, numRuns: 500 },
    );
  });
});

/** GS1's rules for suppressing zeros, in their order. */
function suppressed(upcA: string): string {
  const [maker, product] = [upcA.slice(1, 6), upcA.slice(6, 11)];
  const ends = (code: string) => `${upcA[0]}${code}${upcA[11]}`;
  if (/^..[012]00$/.test(maker)) return ends(`${maker.slice(0, 2)}${product.slice(2)}${maker[2]}`);
  if (maker.endsWith("00")) return ends(`${maker.slice(0, 3)}${product.slice(3)}3`);
  if (maker.endsWith("0")) return ends(`${maker.slice(0, 4)}${product[4]}4`);
  return ends(`${maker}${product[4]}`);
}

function digits(length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: length, maxLength: length });
}

const bodies = (length: number, alphabet = "0123456789") =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length });
const CAPITALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** `whole` with the character at `at` replaced by another of the alphabet. */
function spoilt(whole: string, at: number, by: number, alphabet: string): string {
  const place = at % whole.length;
  const letters = [...alphabet].filter((char) => char !== whole[place]);
  return whole.slice(0, place) + letters[by % letters.length] + whole.slice(place + 1);
}

describe("check digits", () => {
  const gtins = fc.constantFrom(7, 11, 12, 13).chain((size) => bodies(size).map(gs1));
  const isbns = bodies(9).map(isbn10);
  /** Remainders 0 and 1 share the check digit 0, so that not all errors show behind one. */
  const firstIsSure = (whole: string) => whole.at(-2) !== "0" && new Set(whole).size > 2;
  const cpfs = bodies(9).map(cpf).filter(firstIsSure);
  const cnpjs = bodies(12).map(cnpj).filter(firstIsSure);
  const known: readonly [string, fc.Arbitrary<string>][] = [
    ["gtin", gtins],
    ["isbn", bodies(9).map((body) => gs1(`978${body}`))],
    ["isbn", isbns],
    ["cpf", cpfs],
    ["cnpj", cnpjs],
    ["cnpj", bodies(12, CAPITALS).map(cnpj)],
  ];
  it.each(known)("of a %s are those of the published weights", (type, arbitrary) => {
    const { judge } = checkOf({ type });
    fc.assert(
      fc.property(arbitrary, (whole) => {
        fc.pre(type === "isbn" || new Set(whole).size > 1);
        expect(judge(whole)).toBe(null);
      }),
      { seed: 32, numRuns: 300 },
    );
  });

  const guarded: readonly [string, fc.Arbitrary<string>][] = [
    ["gtin", gtins],
    ["isbn", isbns],
    ["cpf", cpfs],
    ["cnpj", cnpjs],
  ];
  it.each(guarded)("of a %s catch every wrong digit", (type, arbitrary) => {
    const { judge } = checkOf({ type });
    fc.assert(
      fc.property(arbitrary, fc.nat(13), fc.nat(8), (whole, at, by) => {
        expect(judge(spoilt(whole, at, by, "0123456789"))).not.toBe(null);
      }),
      { seed: 33, numRuns: 2000 },
    );
  });

  it("of a CNPJ tell every wrong letter but those that lie eleven apart", () => {
    const { judge } = checkOf({ type: "cnpj" });
    fc.assert(
      fc.property(bodies(12, CAPITALS).map(cnpj), fc.nat(11), fc.nat(34), (whole, at, by) => {
        fc.pre(firstIsSure(whole));
        const other = spoilt(whole, at % 12, by, CAPITALS);
        const distance = whole.charCodeAt(at % 12) - other.charCodeAt(at % 12);
        expect(judge(other)).toBe(distance % 11 === 0 ? null : "CHECK_DIGIT");
      }),
      { seed: 34, numRuns: 2000 },
    );
  });

  it("catch neighbours that have changed places, a GTIN's unless they lie five apart", () => {
    const swapped = fc
      .tuple(fc.nat(7), fc.constantFrom(...guarded))
      .chain(([at, [type, arbitrary]]) =>
        arbitrary.map((whole) => ({ at: at % (whole.length - 3), type, whole })),
      );
    fc.assert(
      fc.property(swapped, ({ at, type, whole }) => {
        const [a, b] = [Number(whole[at]), Number(whole[at + 1])];
        fc.pre(a !== b);
        const other = whole.slice(0, at) + b + a + whole.slice(at + 2);
        const isSeen = type !== "gtin" || Math.abs(a - b) !== 5;
        expect(checkOf({ type }).judge(other) === null).toBe(!isSeen);
      }),
      { seed: 35, numRuns: 2000 },
    );
  });

  it("of a UPC-E catch every wrong digit but the one that says where the zeros go", () => {
    const { judge } = checkOf({ type: "upc_e" });
    const upcE = fc
      .tuple(fc.constantFrom("0", "1"), digits(6), digits(1))
      .map((parts) => parts.join(""))
      .filter((text) => judge(text) === null);
    fc.assert(
      fc.property(upcE, fc.constantFrom(0, 1, 2, 3, 4, 5, 7), fc.nat(8), (whole, at, by) => {
        expect(judge(spoilt(whole, at, by, "0123456789"))).not.toBe(null);
      }),
      { seed: 36, numRuns: 1000 },
    );
  });
});

describe("screens of identifiers", () => {
  const types = [
    { type: "gtin" },
    SOLD,
    ...CASES.map(([check]) => check),
    { type: "image_url", separator: "|" },
  ];
  const soup = fc.oneof(
    bodies(14),
    fc.string({ unit: fc.constantFrom(..."0179X"), minLength: 6, maxLength: 15 }),
    fc.string({
      unit: fc.constantFrom(
        "https://",
        "http:",
        "/",
        "a",
        "1",
        ".jpg",
        ".png",
        ".",
        "-",
        ",",
        "|",
        " ",
        "0x",
        "é",
        "?",
      ),
      maxLength: 12,
    }),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => String.fromCharCode(...bytes)),
    fc.tuple(fc.constantFrom(...ROWS), fc.nat(20), fc.nat(60)).map(([{ value }, at, by]) => {
      return spoilt(value, at, by, `${CAPITALS}abcdefghij.-/:,?% `);
    }),
  );

  it("never pass what the check refuses", () => {
    const encoder = new TextEncoder();
    let passed = 0;
    fc.assert(
      fc.property(fc.constantFrom(...types), soup, (json, value) => {
        const { screen, judge } = checkOf(json);
        const bytes = encoder.encode(`9${value}9`);
        if (!screen?.(bytes, 1, bytes.length - 1)) return;
        passed++;
        expect({ json, value, fault: judge(value) }).toEqual({ json, value, fault: null });
      }),
      { seed: 37, numRuns: 20_000 },
    );
    expect(passed).toBeGreaterThan(100);
  });
});
