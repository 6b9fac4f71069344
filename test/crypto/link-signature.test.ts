import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  signAbortLink,
  signCompleteLink,
  signGetLink,
  signPartLink,
  signPutLink,
  verifyLink,
} from "../../src/crypto/link-signature";
import { parseFilename } from "../../src/domain/file-ref";

const ORIGIN = "https://api.validahub.example";
const KEY = new Uint8Array(32).fill(7);
const OLD_KEY = new Uint8Array(32).fill(8);
const NOW_MS = 1_790_000_000_000;
const EXPIRES_MS = NOW_MS + 300_000;
const FILE_ID = "0192f0c1-2a3b-7c4d-8e5f-0123456789ab";
const JOB_ID = "0192f0c1-2a3b-7c4d-8e5f-ba9876543210";
const SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const INVALID = { ok: false, error: "signature_invalid" };

const TERMS = { expiresAtMs: EXPIRES_MS, epoch: 3 };
const PUT = {
  tenantId: "t_acme",
  fileId: FILE_ID,
  filename: "preço 1+1.csv",
  sizeBytes: 1234,
  sha256: SHA256,
};
const UPLOAD = { tenantId: "t_acme", fileId: FILE_ID, filename: "preço 1+1.csv", uploadId: "aB3-_=+/.~" };
const PART = { ...UPLOAD, partNumber: 2, sizeBytes: 1234 };
const COMPLETE = { ...UPLOAD, sizeBytes: 1234, partBytes: 1000, sha256: SHA256 };
const GET_FILE = {
  key: `t_acme/files/${FILE_ID}/preço 1+1.csv`,
  downloadName: "preço 1+1.csv",
  rendering: null,
};
const GET_OUTPUT = {
  key: `t_acme/jobs/${JOB_ID}/output.csv`,
  downloadName: "correction-output.csv",
  rendering: null,
};
const GET_PAGE = { ...GET_OUTPUT, rendering: { format: "html", lang: "es" } };

const LINKS = [
  ["a PUT", "PUT", signPutLink(KEY, { ...TERMS, ...PUT })],
  ["a PUT without digest", "PUT", signPutLink(KEY, { ...TERMS, ...PUT, sha256: null })],
  ["a PUT of a part", "PUT", signPartLink(KEY, { ...TERMS, ...PART })],
  ["a POST that completes", "POST", signCompleteLink(KEY, { ...TERMS, ...COMPLETE })],
  ["a POST that aborts", "POST", signAbortLink(KEY, { ...TERMS, ...UPLOAD })],
  ["a GET of a file", "GET", signGetLink(KEY, { ...TERMS, ...GET_FILE })],
  ["a GET of an output", "GET", signGetLink(KEY, { ...TERMS, ...GET_OUTPUT })],
  ["a GET of a page", "GET", signGetLink(KEY, { ...TERMS, ...GET_PAGE })],
] as const;

const verify = (method: string, target: string, nowMs = NOW_MS, keys: readonly Uint8Array[] = [KEY]) =>
  verifyLink(keys, method, new URL(target, ORIGIN), nowMs);

describe("a signed link", () => {
  it("to PUT says which tenant, file, size and digest it is for", () => {
    expect(verify("PUT", LINKS[0][2])).toEqual({ ok: true, value: { kind: "put", ...PUT, epoch: 3 } });
    expect(verify("PUT", LINKS[1][2])).toEqual({
      ok: true,
      value: { kind: "put", ...PUT, sha256: null, epoch: 3 },
    });
  });

  it("of an upload in parts says which part, or which end of it", () => {
    const [, , part, complete, abort] = LINKS;
    expect(verify("PUT", part[2])).toEqual({
      ok: true,
      value: { kind: "part", ...PART, epoch: 3 },
    });
    expect(verify("POST", complete[2])).toEqual({
      ok: true,
      value: { kind: "complete", ...COMPLETE, epoch: 3 },
    });
    expect(verify("POST", signCompleteLink(KEY, { ...TERMS, ...COMPLETE, sha256: null }))).toMatchObject({
      value: { sha256: null },
    });
    expect(verify("POST", abort[2])).toEqual({ ok: true, value: { kind: "abort", ...UPLOAD, epoch: 3 } });
  });

  it.each(["GET", "HEAD"])("to GET serves %s and says which object it is for", (method) => {
    expect(verify(method, LINKS[5][2])).toEqual({
      ok: true,
      value: { kind: "get", tenantId: "t_acme", ...GET_FILE, fileId: FILE_ID, epoch: 3 },
    });
    expect(verify(method, LINKS[6][2])).toEqual({
      ok: true,
      value: { kind: "get", tenantId: "t_acme", ...GET_OUTPUT, fileId: null, epoch: 3 },
    });
  });

  it.each(LINKS)("%s survives being written as a URL and read again", (_name, method, link) => {
    const url = new URL(link, ORIGIN);
    expect(`${url.pathname}${url.search}`).toBe(link);
    expect(verify(method, new URL(url.href).href).ok).toBe(true);
  });

  it("holds for every file name there can be", () => {
    const names = fc
      .string({
        unit: fc.oneof(fc.constantFrom(..."'!()*~^|`[]{}<>\"#?&=+;,:@$% %2e"), fc.string({ unit: "binary" })),
      })
      .map((text) => `${text}.csv`)
      .filter((name) => parseFilename(name).ok);
    fc.assert(
      fc.property(names, (filename) => {
        const put = verify("PUT", signPutLink(KEY, { ...TERMS, ...PUT, filename }));
        expect(put).toMatchObject({ ok: true, value: { filename } });
        const key = `t_acme/files/${FILE_ID}/${filename}`;
        const get = verify(
          "GET",
          signGetLink(KEY, { ...TERMS, key, downloadName: filename, rendering: null }),
        );
        expect(get).toMatchObject({ ok: true, value: { key, downloadName: filename } });
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("holds until its expiry and not a moment longer", () => {
    for (const [, method, link] of LINKS) {
      expect(verify(method, link, EXPIRES_MS - 1).ok).toBe(true);
      expect(verify(method, link, EXPIRES_MS)).toEqual(INVALID);
      expect(verify(method, link, Number.MAX_SAFE_INTEGER)).toEqual(INVALID);
    }
  });

  it("holds under the former key while that is in force, and under no other", () => {
    for (const [, method, link] of LINKS) {
      expect(verify(method, link, NOW_MS, [OLD_KEY, KEY]).ok).toBe(true);
      expect(verify(method, link, NOW_MS, [OLD_KEY])).toEqual(INVALID);
      expect(verify(method, link, NOW_MS, [])).toEqual(INVALID);
      expect(verify(method, link, NOW_MS, [new Uint8Array(0)])).toEqual(INVALID);
    }
  });

  it.each(LINKS)("%s is for its own method alone", (_name, own, link) => {
    const allowed: string[] = own === "GET" ? ["GET", "HEAD"] : [own];
    for (const method of ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "get", "put", ""])
      expect(verify(method, link).ok).toBe(allowed.includes(method));
  });
});

describe("an edited link", () => {
  const replacements = [..."aZ09-_.~%/?&=+ '!"];

  /** What the URL standard itself undoes (a tab, a dot segment) leaves the same link and is no edit. */
  const isEdit = (link: string, edited: string): boolean => {
    const url = new URL(edited, ORIGIN);
    return `${url.pathname}${url.search}` !== link;
  };
  const refuse = (method: string, link: string, edits: readonly string[]): number => {
    const real = edits.filter((edited) => isEdit(link, edited));
    for (const edited of real) expect(verify(method, edited), edited).toEqual(INVALID);
    return real.length;
  };

  it.each(LINKS)(
    "%s fails with any one character replaced, put in, left out or swapped",
    (_name, method, link) => {
      const places = Array.from(link, (_character, at) => at).slice(1);
      const edits = places.flatMap((at) => [
        ...replacements.map((character) => link.slice(0, at) + character + link.slice(at + 1)),
        ...replacements.map((character) => link.slice(0, at) + character + link.slice(at)),
        link.slice(0, at) + link.slice(at + 1),
        link.slice(0, at) + link.charAt(at + 1) + link.charAt(at) + link.slice(at + 2),
        link.slice(0, at),
      ]);
      expect(refuse(method, link, edits)).toBeGreaterThan(edits.length * 0.9);
    },
  );

  it.each(LINKS)(
    "%s fails with a parameter added, left out, repeated, renamed or moved",
    (_name, method, link) => {
      const [path = "", query = ""] = link.split("?");
      const params = query.split("&");
      const joined = (changed: readonly string[]) => `${path}?${changed.join("&")}`;
      const edits = params.flatMap((param, at) => {
        const without = params.toSpliced(at, 1);
        const [name = "", value = ""] = param.split("=");
        return [
          joined(without),
          joined(params.toSpliced(at, 0, param)),
          joined([...params, param]),
          joined([param, ...params]),
          joined(params.with(at, `${name}=`)),
          joined(params.with(at, name)),
          joined(params.with(at, `${name.toUpperCase()}=${value}`)),
          joined(params.with(at, `${encodeURIComponent(`${name}`).replace(/./, "%$&")}=${value}`)),
          joined(params.with(at, `${name}[]=${value}`)),
          ...params.map((_, to) => joined(without.toSpliced(to, 0, param))),
          joined([...params, `${name}=9999999999`]),
          joined([`${name}=9999999999`, ...params]),
        ];
      });
      expect(
        refuse(method, link, [...edits, `${link}&`, `${link}&x=1`, `${link}#`, `${link}=`]),
      ).toBeGreaterThan(30);
      expect(verify(method, `${link}#fragment`)).toEqual(INVALID);
    },
  );

  it.each(LINKS)("%s fails with its path spelled in another way", (_name, method, link) => {
    const [path = "", query = ""] = link.split("?");
    const decodedOnce = decodeURIComponent(path);
    const spellings = [
      decodedOnce,
      path.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
      path.replaceAll("%", "%25"),
      path.replace("t_acme", "%74_acme"),
      path.replace("t_acme", "t%5Facme"),
      path.replace("t_acme", "T_ACME"),
      path.replace("t_acme/", "t_acme%2F"),
      path.replace("t_acme/", "t_acme//"),
      path.replace(".csv", "%2Ecsv"),
      path.replace(".csv", ".CSV"),
      path.replace(".csv", ".csv/"),
      path.replace(".csv", ".csv;x"),
      path.replace("/v1/", "/V1/"),
      path.normalize("NFD"),
      encodeURI(decodedOnce.normalize("NFD")),
    ];
    const edits = spellings.map((spelling) => `${spelling}?${query}`).filter((edited) => edited !== link);
    expect(refuse(method, link, edits)).toBeGreaterThan(8);
  });

  it.each(LINKS)(
    "%s fails with the values of another tenant, file, size, digest, time or epoch",
    (_n, method, link) => {
      const edits = [
        ["t_acme", "t_evil"],
        ["t_acme", "t_acm"],
        [FILE_ID, JOB_ID],
        [JOB_ID, FILE_ID],
        ["/files/t_", "/jobs/t_"],
        ["output.csv", "summary.json"],
        ["format=html", "format=csv"],
        ["lang=es", "lang=en"],
        ["size=1234", "size=1235"],
        ["size=1234", "size=01234"],
        ["size=1234", "size=1234.0"],
        ["size=1234", "size=1.234e3"],
        [`sha256=${SHA256}`, `sha256=${SHA256.replace("ba", "ab")}`],
        [`sha256=${SHA256}`, `sha256=${SHA256.toUpperCase()}`],
        ["part=2", "part=1"],
        ["part=2", "part=02"],
        ["part_size=1000", "part_size=1001"],
        ["upload=aB3", "upload=aB4"],
        ["action=abort", "action=complete"],
        ["action=complete", "action=abort"],
        ["expires=1", "expires=2"],
        ["epoch=3", "epoch=4"],
        ["epoch=3", "epoch=03"],
        ["name=", "name=x"],
      ].flatMap(([from = "", to = ""]) => (link.includes(from) ? [link.replace(from, to)] : []));
      expect(refuse(method, link, edits)).toBeGreaterThan(5);
    },
  );

  it.each(LINKS)("%s fails with another spelling of its signature", (_name, method, link) => {
    const [unsigned = "", signature = ""] = link.split("&signature=");
    const bytes = Buffer.from(signature, "base64url");
    const signatures = [
      "",
      "undefined",
      "null",
      `${signature}=`,
      `${signature}A`,
      signature.slice(0, -1),
      bytes.toString("hex"),
      `${bytes.toString("base64")}`,
      encodeURIComponent(bytes.toString("base64")),
      // The last character carries four bits and two of padding: a lax decoder reads these as the same bytes.
      ...[1, 2, 3].map((bits) => signature.slice(0, -1) + nextBase64Url(signature.slice(-1), bits)),
      "A".repeat(43),
      `${signature}&signature=${signature}`,
      `x&signature=${signature}`,
    ];
    expect(
      refuse(
        method,
        link,
        signatures.map((text) => `${unsigned}&signature=${text}`),
      ),
    ).toBe(signatures.length);
    expect(verify(method, unsigned)).toEqual(INVALID);
    expect(verify(method, `${unsigned}?signature=${signature}`)).toEqual(INVALID);
  });

  it("fails with the signature of another link", () => {
    for (const [, method, link] of LINKS)
      for (const [, , other] of LINKS) {
        if (other === link) continue;
        const mixed = `${link.split("&signature=")[0]}&signature=${other.split("&signature=")[1]}`;
        expect(verify(method, mixed)).toEqual(INVALID);
      }
  });

  it.each([
    "/",
    "/v1/files/",
    "/v1/files/?signature=",
    "/v1/files/t_acme/%ff?expires=9999999999&signature=AAAA",
  ])("that never was one, %j, fails quietly", (target) => {
    for (const method of ["GET", "PUT"]) expect(verify(method, target)).toEqual(INVALID);
  });
});

function nextBase64Url(character: string, step: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const at = alphabet.indexOf(character);
  return alphabet.charAt((at & ~3) | ((at + step) & 3));
}
