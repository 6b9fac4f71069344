import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFileRef, parseFileRef, parseFilename } from "../../src/domain/file-ref";

const FILE_ID = "0192f0c1-2a3b-7c4d-8e5f-0123456789ab";

const GOOD_NAMES = [
  "a.csv",
  "catalogue.tsv",
  "notes.txt",
  "CATALOGO.CSV",
  "big.Csv.GZ",
  "big.tsv.gz",
  "big.txt.gz",
  "v1.2.csv",
  "produtos 2026-11.csv",
  "catálogo.csv",
  "catálogo.csv".normalize("NFD"),
  "商品.csv",
  "товары.csv",
  "emoji 📦.csv",
  "50% off.csv",
  "100%.csv",
  "a%20b.csv",
  "cat%C3%A1logo.csv",
  "d'água (1)!*~.csv",
  "a+b=c&d;e,f@g$h#i?j.csv",
  "exe.csv",
  "zip.sh_list.csv",
  "my.company.csv",
  "x.csv.csv",
  "-rf.csv",
  `${"a".repeat(251)}.csv`,
];

/** Each must be refused both as a plain name and inside every form of reference. */
const BAD_NAMES = [
  // not of an accepted kind
  "",
  "a",
  "csv",
  "a.",
  "a.csv.",
  "a.json",
  "a.xlsx",
  "a.gz",
  "a.tar.gz",
  "a.csv.gz.gz",
  "a.csv.zip",
  "a.csvx",
  "a.csv~",
  "a.csv;.txtx",
  "a.ｃｓｖ",
  ".csv",
  ".gz",
  ".csv.gz",
  ".htaccess.csv",
  // forbidden kinds, last or in between
  "a.exe",
  "a.ZIP",
  "a.bat",
  "a.cmd",
  "a.sh",
  "a.dll",
  "a.com",
  "a.scr",
  "a.csv.exe",
  "a.exe.csv",
  "a.ExE.csv.gz",
  "a.sh.txt",
  "a.exe .csv",
  "a.exe\u00a0.csv",
  "a.zip.gz",
  // traversal
  "..",
  "...csv",
  "..csv",
  "a..csv",
  "a...csv",
  "..\\a.csv",
  "a\\b.csv",
  "\\\\host\\share\\a.csv",
  "C:\\a.csv",
  // encoded once, twice, in mixed ways
  "%2e%2e%2fa.csv",
  "%2E%2Ea.csv",
  "a%2ecsv",
  "x%2e.csv",
  "x%2f.csv",
  "x%2F.csv",
  "x%5c.csv",
  "x%5C.csv",
  "x%252e.csv",
  "x%252f.csv",
  "x%255c.csv",
  "x%25252e.csv",
  "x%2525252f.csv",
  "x%%32%65.csv",
  "x%%32e.csv",
  "x%%35c.csv",
  "x%c0%ae.csv",
  "x%c0%af.csv",
  "x%c1%9c.csv",
  "x%e0%80%af.csv",
  "x%f0%80%80%af.csv",
  "x%u002e.csv",
  "x%u2215.csv",
  "x%25u002e.csv",
  "x%ef%bc%8f.csv",
  "x%e2%88%95.csv",
  "x%25e2%2588%2595.csv",
  "x%e3.csv",
  // NUL, controls, also encoded
  "a\u0000.csv",
  "a.exe\u0000.csv",
  "a%00.csv",
  "a%2500.csv",
  "a%0d%0aX.csv",
  "a%09.csv",
  "a%7f.csv",
  "a\r\nSet-Cookie: x.csv",
  "a\n.csv",
  "a\t.csv",
  "a\u001b[2J.csv",
  "a\u007f.csv",
  "a\u0085.csv",
  "a\u009f.csv",
  // Unicode: separators and dots in disguise, invisible characters, halves of characters
  "a\uff0fb.csv",
  "a\u2215b.csv",
  "a\u2044b.csv",
  "a\u29f8b.csv",
  "a\u2571b.csv",
  "a\uff3cb.csv",
  "a\ufe68b.csv",
  "a\u2216b.csv",
  "a\u29f5b.csv",
  "a\u0338.csv",
  "a\u2105b.csv",
  "\uff0e\uff0e.csv",
  "a\u2024.csv",
  "a\u2025.csv",
  "a\u2026.csv",
  "a\ufe52.csv",
  "a\uff05b.csv",
  "a\u202evsc.csv",
  "a\u2066b.csv",
  "a\u200b.csv",
  "a\u200d.csv",
  "a\ufeff.csv",
  "a\u00ad.csv",
  "a\u061c.csv",
  "a\u180e.csv",
  "a\u2028.csv",
  "a\u3164.csv",
  "a\u{e0041}.csv",
  "a\ud800.csv",
  "a\udc00.csv",
  // white space at the ends
  " a.csv",
  "a.csv ",
  "a.csv\u00a0",
  "\u3000a.csv",
  // too long
  `${"a".repeat(252)}.csv`,
];

describe("parseFilename", () => {
  it.each(GOOD_NAMES)("takes %j exactly as it is", (name) => {
    expect(parseFilename(name)).toEqual({ ok: true, value: name });
  });

  it.each([...BAD_NAMES, "/a.csv", "a/b.csv", "../a.csv", "./a.csv", "s3://bucket/a.csv"])(
    "refuses %j and says why",
    (name) => {
      expect(parseFilename(name)).toEqual({
        ok: false,
        error: { reason: expect.stringMatching(/^[A-Z].{10,}\.$/) },
      });
    },
  );
});

describe("parseFileRef", () => {
  it.each(GOOD_NAMES)("takes an upload of %j, and gives back what was formatted", (name) => {
    expect(parseFileRef(formatFileRef(FILE_ID, name))).toEqual({
      ok: true,
      value: { form: "upload", fileId: FILE_ID, filename: name },
    });
  });

  it.each([
    ["s3://acme-bucket/a.csv", "acme-bucket", "a.csv"],
    ["s3://acme.files.com/in/2026/a.csv.gz", "acme.files.com", "in/2026/a.csv.gz"],
    ["s3://files/a.csv", "files", "a.csv"],
    ["acme-bucket/in/a.txt", "acme-bucket", "in/a.txt"],
    ["acme-bucket/clients/acme.com/a.tsv", "acme-bucket", "clients/acme.com/a.tsv"],
  ])("takes the old reference %j", (text, bucket, key) => {
    expect(parseFileRef(text)).toEqual({ ok: true, value: { form: "legacy", bucket, key } });
  });

  it.each(
    BAD_NAMES.flatMap((name) => [
      `files/${FILE_ID}/${name}`,
      `s3://bucket/${name}`,
      `bucket/${name}`,
      `bucket/in/${name}`,
    ]),
  )("refuses %j", (text) => {
    expect(parseFileRef(text).ok).toBe(false);
  });

  it.each([
    "",
    "/",
    "a.csv",
    "files",
    "files/a.csv",
    `files/${FILE_ID}`,
    `files/${FILE_ID}/`,
    `files/${FILE_ID}/in/a.csv`,
    `files/${FILE_ID}//a.csv`,
    `/files/${FILE_ID}/a.csv`,
    `files/../files/${FILE_ID}/a.csv`,
    `files/${FILE_ID}/../${FILE_ID}/a.csv`,
    `files/${FILE_ID.toUpperCase()}/a.csv`,
    "files/0192f0c1-2a3b-4c4d-8e5f-0123456789ab/a.csv",
    "files/not-an-id/a.csv",
    `t_other/files/${FILE_ID}/a.csv`,
    `FILES/${FILE_ID}/a.csv`,
    "s3://",
    "s3:///a.csv",
    "s3://bucket",
    "s3://bucket/",
    "s3://bucket//a.csv",
    "s3://bucket/./a.csv",
    "s3://bucket/../other/a.csv",
    "s3://user@bucket/a.csv",
    "s3://bucket:80/a.csv",
    "s3://Bucket/a.csv",
    "s3://b/a.csv",
    "s3://-bucket/a.csv",
    "s3://bu..cket/a.csv",
    "s3://bucket/a.csv?versionId=1",
    "S3://bucket/a.csv",
    "s3:/bucket/a.csv",
    "s3:\\\\bucket\\a.csv",
    "https://example.com/a.csv",
    "file:///etc/passwd.csv",
    "gs://bucket/a.csv",
    "//bucket/a.csv",
    "../a.csv",
    "./a.csv",
    "/etc/passwd.txt",
    "%66iles%2f..%2fa.csv",
    `bucket/${"a/".repeat(600)}a.csv`,
  ])("refuses the reference %j", (text) => {
    expect(parseFileRef(text).ok).toBe(false);
  });

  it("gives no path syntax through, whatever is thrown at it", () => {
    const pieces = fc.constantFrom(
      ..."./\\%25ecf0a \u0000\uff0e\uff0f\u2215",
      "..",
      "%2e",
      "%2f",
      "%25",
      ".csv",
      ".gz",
      ".exe",
      "files/",
      `${FILE_ID}/`,
      "s3://",
      "bucket/",
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 12 }).map((parts) => `${parts.join("")}.csv`),
        (text) => {
          const parsed = parseFileRef(text);
          if (!parsed.ok) return;
          const path = parsed.value.form === "upload" ? parsed.value.filename : parsed.value.key;
          for (const seen of [path, decodeFully(path), decodeFully(path).normalize("NFKC")]) {
            expect(seen).not.toMatch(/(^|\/)\.{1,2}(\/|$)|\.\.|[\\\p{Cc}]|\/\//u);
            expect(seen.split("/").length).toBe(path.split("/").length);
          }
        },
      ),
      { seed: 1, numRuns: 3000 },
    );
  });

  it("takes time in proportion to the text", () => {
    expect(parseFileRef(`files/${FILE_ID}/${"%25".repeat(80)}.csv`).ok).toBe(true);
    expect(parseFileRef("%".repeat(10_000_000)).ok).toBe(false);
  });
});

function decodeFully(text: string): string {
  for (;;) {
    const decoded = text.replace(/%[0-7][0-9a-f]/gi, (escape) => decodeURIComponent(escape));
    if (decoded === text) return text;
    text = decoded;
  }
}
