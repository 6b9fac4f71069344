import { err, ok, type Result } from "./result";

export interface RulesProfileId {
  readonly channel: string;
  /** `major.minor.patch`, or the newest published one. */
  readonly version: string;
}

export type ProfileIdRefusal = { readonly reason: "malformed" } | { readonly reason: "unpublished" };

export const CHANNEL = /^[a-z][a-z0-9_]{1,39}$/;
export const VERSION = /^(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})$/;
export const LATEST = "latest";

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["ml", "mercado_livre"],
  ["mlb", "mercado_livre"],
  ["mercadolibre", "mercado_livre"],
  ["mercadolivre", "mercado_livre"],
  ["meli", "mercado_livre"],
  ["amazonbr", "amazon"],
  ["magazineluiza", "magalu"],
  ["magazine_luiza", "magalu"],
  ["mglu", "magalu"],
  ["amer", "americanas"],
  ["lojas_americanas", "americanas"],
  ["shopeebr", "shopee"],
]);

/** A channel's own name, from it or one of its aliases; null for what can be no channel. */
export function canonicalChannel(text: string): string | null {
  const lower = text.toLowerCase();
  const channel = ALIASES.get(lower) ?? text;
  return CHANNEL.test(channel) ? channel : null;
}

export function parseRulesProfileId(text: string): Result<RulesProfileId, { readonly reason: "malformed" }> {
  const [name = "", version = "", ...rest] = text.split("@");
  const channel = canonicalChannel(name);
  if (channel === null || rest.length > 0 || !(version === LATEST || VERSION.test(version)))
    return err({ reason: "malformed" });
  return ok({ channel, version });
}

/** The published profile that `text` means, with its version spelled out: what a job is pinned to. */
export function pinProfile(text: string, published: Iterable<string>): Result<string, ProfileIdRefusal> {
  const wanted = parseRulesProfileId(text);
  if (!wanted.ok) return wanted;
  const { channel, version } = wanted.value;
  const versions = [...published].flatMap((id) => {
    const [name, of] = id.split("@");
    return name === channel && of !== undefined ? [of] : [];
  });
  const found =
    version === LATEST ? versions.sort(compareVersions).at(-1) : versions.find((of) => of === version);
  return found === undefined ? err({ reason: "unpublished" }) : ok(`${channel}@${found}`);
}

/** SemVer order of two `major.minor.patch`. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
