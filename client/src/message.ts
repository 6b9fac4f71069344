import { isAfter, parsePlace, readPlace, type Place, type Stretch } from "./place.ts";
import { err, ok, type Result } from "./result.ts";

/** CloudEvents 1.0.2 in structured mode, with the platform's extensions. */
export interface CloudEvent {
  readonly specversion: "1.0";
  /** The same however often it is sent. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly dataschema?: string;
  readonly tenantid: string;
  readonly epoch: number;
  /** Decimal; rises within tenant and epoch. */
  readonly sequence: string;
  readonly partitionkey?: string;
  readonly traceparent?: string;
  readonly actorid?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a heartbeat says: of the events in the stretch so many were for this webhook, and their ids have this digest. */
export interface Claim extends Stretch {
  readonly events: number;
  readonly idsDigest: string;
}

export type Message =
  | { readonly type: "event"; readonly event: CloudEvent; readonly place: Place }
  | { readonly type: "heartbeat"; readonly claim: Claim }
  /** Of the platform's own, and nothing to be done: a test, or what it may say one day. */
  | { readonly type: "other" };

export type MessageFault = "body_malformed" | "id_mismatch" | "wrong_tenant" | "wrong_webhook";

/** Whom a message has to be for. */
export interface Addressee {
  readonly tenantId: string;
  /** Any of the tenant's where it is null. */
  readonly webhookId: string | null;
}

type Members = Readonly<Record<string, unknown>>;

/** Of a body whose signature held. One platform key signs for all tenants: whose message it is, it says itself. */
export function readMessage(
  body: Uint8Array,
  id: string,
  { tenantId, webhookId }: Addressee,
): Result<Message, MessageFault> {
  const members = parse(body);
  if (members === null || members["specversion"] !== "1.0" || typeof members["type"] !== "string")
    return err("body_malformed");
  if (members["tenantid"] !== tenantId || members["source"] !== `/tenants/${tenantId}`)
    return err("wrong_tenant");
  if (members["id"] !== id) return err("id_mismatch");
  const { type, data } = members;
  if (!isMembers(data)) return err("body_malformed");
  if (!type.startsWith("webhook.")) return readEvent(members);
  if (webhookId !== null && data["webhook_id"] !== webhookId) return err("wrong_webhook");
  return type === "webhook.heartbeat" ? readHeartbeat(data) : ok({ type: "other" });
}

function readEvent(members: Members): Result<Message, MessageFault> {
  const { epoch, sequence } = members;
  if (typeof epoch !== "number" || typeof sequence !== "string") return err("body_malformed");
  const place = readPlace(String(epoch), sequence);
  return place
    ? ok({ type: "event", event: members as unknown as CloudEvent, place })
    : err("body_malformed");
}

const DIGEST = /^[0-9a-f]{64}$/;

function readHeartbeat({
  after,
  last,
  events,
  ids_digest: idsDigest,
}: Members): Result<Message, MessageFault> {
  const from = typeof after === "string" ? parsePlace(after) : null;
  const to = typeof last === "string" ? parsePlace(last) : null;
  if (from === null || to === null || !isAfter(to, from)) return err("body_malformed");
  if (typeof events !== "number" || !Number.isSafeInteger(events) || events < 0) return err("body_malformed");
  if (typeof idsDigest !== "string" || !DIGEST.test(idsDigest)) return err("body_malformed");
  return ok({ type: "heartbeat", claim: { after: from, last: to, events, idsDigest } });
}

function parse(body: Uint8Array): Members | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    const value: unknown = JSON.parse(text);
    return isMembers(value) ? value : null;
  } catch {
    return null;
  }
}

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);
