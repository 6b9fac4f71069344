import type { BenchEdge } from "./bench-edges.ts";
import type { Effort } from "./http-rows.ts";
import type { BenchRow } from "./result.ts";
import { interleave, median, ratioOf } from "./rounds.ts";

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
  { rounds, say }: Effort,
): Promise<BenchRow[]> {
  const perSecond = async (contestant: string): Promise<number> => {
    const start = performance.now();
    const response = await fetch(`${url}/codec/${contestant}?rounds=${passes}`, { method: "POST" });
    if (!response.ok) throw new Error(`${contestant} answered ${response.status}: ${await response.text()}`);
    const { bytes } = (await response.json()) as { bytes: number };
    return bytes / 1e6 / ((performance.now() - start) / 1000);
  };

  const rows: BenchRow[] = [];
  for (const { measured, reference, what, by, goal } of PAIRS) {
    await perSecond(reference);
    await perSecond(measured);
    const done = await interleave(
      { measured: () => perSecond(measured), reference: () => perSecond(reference) },
      rounds,
    );
    const value = ratioOf(done);
    const megabytes = median(done.map((round) => round.measured)).toFixed(0);
    say(
      `file_codec_vs_aes_gcm, ${what}: ${value.median.toFixed(2)} (${value.min.toFixed(2)}..${value.max.toFixed(2)}), ${megabytes} MB/s`,
    );
    rows.push({
      name: "file_codec_vs_aes_gcm",
      what,
      reference: by,
      unit: "MB/s",
      value,
      goal,
      rounds: done,
    });
  }
  return rows;
}
