import type { Admitted } from "../admission";

/** A link that support asks for must not outlive the look that it was asked for. */
const SUPPORT_LINK_MS = 60_000;

/** Until when a link made now is good: never for longer than the key that asked for it. */
export function linkExpiresAtMs({ limits, key }: Pick<Admitted, "limits" | "key">, nowMs: number): number {
  const untilMs = nowMs + limits.signedUrlSeconds * 1000;
  const own = Math.min(untilMs, key?.expiresAtMs ?? untilMs);
  return key?.isSupport === true ? Math.min(own, nowMs + SUPPORT_LINK_MS) : own;
}
