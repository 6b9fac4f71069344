import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const GOLDEN = join(import.meta.dirname, "../../fixtures/catalogue/golden");
const NASTY = 8;
const ROWS = 40;

/** A catalogue and the profile that it is judged by. */
export interface Case {
  readonly name: string;
  readonly profileId: string;
  readonly base64: string;
}

/** The golden catalogues of all shipped profiles, and some that are as bad as they get. */
export function catalogues(): readonly Case[] {
  const golden = readdirSync(GOLDEN).map((name) => {
    const [, channel = "", version = ""] = /^(.+)-(\d+\.\d+\.\d+)\.\w+$/.exec(name) ?? [];
    const base64 = readFileSync(join(GOLDEN, name)).toString("base64");
    return { name, profileId: `${channel}@${version}`, base64 };
  });
  return [...golden, ...Array.from({ length: NASTY }, (_, seed) => nasty(seed + 1))];
}

const CELLS = [
  "A1",
  "",
  "1.234,56",
  "R$ 10,50",
  "1,234",
  "abc",
  '"aspas ""dentro"" e\nlinha"',
  'TV 6.4"',
  '"aberta',
  "=1+1",
  "ação  é",
  "\u0000",
  "😀 novo",
  "7891000100103",
  "novo",
  "https://img.example.com/1.jpg",
];

/** Mulberry32: the same cells for the same seed, anywhere. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function nasty(seed: number): Case {
  const next = random(seed);
  const one = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T;
  const [delimiter, lineEnd] = [one([",", ";", "\t", "|"]), one(["\n", "\r\n", "\r"])];
  const header = ["sku", "Título", "preço", "estoque", "", "sku"];
  const row = () => Array.from({ length: one([4, 5, 6, 6, 6, 7]) }, () => one(CELLS));
  const rows = [header, ...Array.from({ length: ROWS }, row)].map((cells) => cells.join(delimiter));
  const text = rows.join(lineEnd) + one(["", lineEnd]);
  const isWide = next() < 0.3;
  const bytes = isWide ? Buffer.from(`\ufeff${text}`, "utf16le") : Buffer.from(text, "utf8");
  const profileId = one(["default@1.0.0", "mercado_livre@1.1.0", "magalu@1.0.0"]);
  return { name: `nasty-${seed}.csv`, profileId, base64: bytes.toString("base64") };
}
