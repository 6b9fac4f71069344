import type { BenchEdge } from "./bench-edges.ts";
import type { Effort } from "./http-rows.ts";
import { call, comparePasses } from "./passes.ts";
import type { BenchRow } from "./result.ts";

const GOAL = { atLeast: 0.8 };
/** The codec alone has a goal: a stream costs about as much as the cipher, whatever it carries. */
const PAIRS = [
  {
    measured: "seal",
    reference: "encrypt",
    what: "sealing a file",
    by: "AES-GCM, 64 KiB a call",
    goal: GOAL,
  },
  {
    measured: "open",
    reference: "decrypt",
    what: "opening a file",
    by: "AES-GCM, 64 KiB a call",
    goal: GOAL,
  },
  {
    measured: "seal-stream",
    reference: "encrypt-stream",
    what: "sealing a stream",
    by: "AES-GCM in a stream",
    goal: null,
  },
  {
    measured: "open-stream",
    reference: "encrypt-stream",
    what: "opening a stream",
    by: "AES-GCM in a stream",
    goal: null,
  },
] as const;

/** Both go through the same bytes in memory inside workerd, in pieces of 256 KiB; MB of the file's bytes a second. */
export async function fileCodecVsAesGcm(
  { url }: BenchEdge,
  passes: number,
  effort: Effort,
): Promise<BenchRow[]> {
  const pass = (contestant: string) => async (): Promise<number> =>
    (await call<{ bytes: number }>(`${url}/codec/${contestant}?rounds=${passes}`)).bytes;

  const rows: BenchRow[] = [];
  for (const { measured, reference, what, by, goal } of PAIRS) {
    const sides = { measured: pass(measured), reference: pass(reference) };
    const row = { name: "file_codec_vs_aes_gcm", what, reference: by, goal };
    rows.push(await comparePasses(sides, row, effort));
  }
  return rows;
}
