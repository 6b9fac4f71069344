import { createHmac, timingSafeEqual } from "node:crypto";
import type { TenantId } from "../domain/tenant-id";
import { parseTenantId } from "../domain/tenant-id";

/** What asynchronous work is done for: it travels with every message, and the MAC ties it to that message alone. */
export interface WorkContext {
  readonly tenantId: TenantId;
  /** The tenant's epoch when the work was given out; work from before a restore is not done after it. */
  readonly epoch: number;
  readonly traceparent: string | null;
}

/** As it travels: not to be trusted before `openContext` has. */
export interface SealedContext {
  readonly tenantId: string;
  readonly epoch: number;
  readonly traceparent: string | null;
  readonly mac: string;
}

/** `bound`: the rest of the message, so that a context cannot be moved to another message. */
export function sealContext(
  keys: readonly [Uint8Array, ...Uint8Array[]],
  context: WorkContext,
  bound: readonly string[],
): SealedContext {
  const { tenantId, epoch, traceparent } = context;
  return { tenantId, epoch, traceparent, mac: macOf(keys[0], context, bound).toString("base64url") };
}

/** The context, if nothing of it or of what it is bound to was altered since it was sealed. */
export function openContext(
  keys: readonly Uint8Array[],
  sealed: SealedContext,
  bound: readonly string[],
): WorkContext | null {
  const tenantId = parseTenantId(sealed.tenantId);
  if (tenantId === null) return null;
  const context: WorkContext = { tenantId, epoch: sealed.epoch, traceparent: sealed.traceparent };
  const given = Buffer.from(sealed.mac, "base64url");
  const holds = keys.map((key) => equal(given, macOf(key, context, bound))).includes(true);
  return holds ? Object.freeze(context) : null;
}

/** A JSON array: no two lists of parts run into the same text. */
const macOf = (key: Uint8Array, context: WorkContext, bound: readonly string[]): Buffer =>
  createHmac("sha256", key)
    .update(JSON.stringify([context.tenantId, context.epoch, context.traceparent, ...bound]))
    .digest();

const equal = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
