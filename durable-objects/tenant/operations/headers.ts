import { labelKey } from "../../../src/catalogue/fold";
import { CHANNELS_MAX, LABELS_MAX, type HeaderMappings } from "../../../src/domain/header-mappings";
import { err, ok, type Result } from "../../../src/domain/result";
import { parseRulesProfileId } from "../../../src/domain/rules-profile-id";
import type { Admitted } from "../admission";
import type { Stores } from "../stores";

export type UnknownHeaders = { readonly reason: "unknown_headers" };
export type HeadersRefusal = {
  readonly reason: "too_many_labels" | "too_many_channels";
  readonly most: number;
};

export interface HeaderChange {
  readonly channel: string;
  /** Null takes a label out. */
  readonly labels: Readonly<Record<string, string | null>>;
  /** What was there before goes. */
  readonly replaces: boolean;
}

export function viewHeaders(stores: Stores, channel: string): Result<HeaderMappings, UnknownHeaders> {
  const found = stores.headers.find(channel);
  return found ? ok(found) : err({ reason: "unknown_headers" });
}

/** What a file that is judged by this profile is read with. */
export function headersFor(stores: Stores, rulesProfileId: string): HeaderMappings | null {
  const named = parseRulesProfileId(rulesProfileId);
  return named.ok ? (stores.headers.find(named.value.channel) ?? null) : null;
}

/** Labels that are read as one take each other's place. */
export function saveHeaders(
  stores: Stores,
  { caller }: Admitted,
  { channel, labels, replaces }: HeaderChange,
  nowMs: number,
): Result<HeaderMappings, HeadersRefusal> {
  const former = stores.headers.find(channel);
  if (!former && stores.headers.count() >= CHANNELS_MAX)
    return err({ reason: "too_many_channels", most: CHANNELS_MAX });
  const byKey = new Map<string, readonly [label: string, field: string]>();
  const put = (label: string, field: string | null) => {
    const key = labelKey(label);
    byKey.delete(key);
    if (field !== null) byKey.set(key, [label, field]);
  };
  if (former && !replaces) for (const [label, field] of Object.entries(former.labels)) put(label, field);
  for (const [label, field] of Object.entries(labels)) put(label, field);
  if (byKey.size > LABELS_MAX) return err({ reason: "too_many_labels", most: LABELS_MAX });
  const saved = { channel, labels: Object.fromEntries(byKey.values()), updatedAtMs: nowMs };
  stores.headers.save(saved);
  const data = { channel, labels: byKey.size };
  stores.record(caller, { kind: "audit", type: "headers.saved", subject: `headers:${channel}`, data }, nowMs);
  return ok(saved);
}

export function deleteHeaders(
  stores: Stores,
  { caller }: Admitted,
  channel: string,
  nowMs: number,
): Result<null, UnknownHeaders> {
  if (!stores.headers.find(channel)) return err({ reason: "unknown_headers" });
  stores.headers.delete(channel);
  const fact = { type: "headers.deleted", subject: `headers:${channel}`, data: { channel } } as const;
  stores.record(caller, { kind: "audit", ...fact }, nowMs);
  return ok(null);
}
