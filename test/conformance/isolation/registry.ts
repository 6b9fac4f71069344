import { besideIt, foreign, cursorsOf, placesOf, refsOf, type Foreign } from "./foreign";
import { batchOf, jobOf, type Populated } from "./populated";

/** What the matrix has to know of the API that the document does not say. Whatever is not here fails the test. */

type Own = (own: Populated) => string;
type Body = Readonly<Record<string, unknown>>;

export interface OperationEntry {
  /** A body that is good. */
  readonly body?: (own: Populated) => Body;
  /** Its success makes something new: ids, times or signatures. */
  readonly makes?: true;
  /** Its success takes something away: it is tried on ids of nobody where it is not about the ids. */
  readonly ends?: true;
  /** Its path says what is to be made: another tenant's id in it makes something of the own tenant's. */
  readonly names?: true;
  /** Where the path's own value is not the usual one. */
  readonly own?: Readonly<Record<string, Own>>;
}

const failed: OperationEntry["own"] = { job_id: ({ jobs }) => jobs.failed };

/** A marketplace's answer of a code that nobody knows. */
const pasted = (text: string) => ({ cause: [{ code: text, cause_id: 1, message: text }] });

export const OPERATIONS: Readonly<Record<string, OperationEntry>> = {
  "get /health": {},
  "get /ready": {},
  "get /v1/health": {},
  "get /v1/ready": {},
  "get /openapi.json": {},
  "get /.well-known/jwks.json": {},
  "get /schemas/events": {},
  "get /schemas/events/{schema}": {},
  "get /schemas/cloudevents/{schema}": {},

  "put /v1/files/{tenant_id}/{rest}": {},
  "post /v1/files/{tenant_id}/{rest}": {},
  "get /v1/files/{tenant_id}/{rest}": {},
  "head /v1/files/{tenant_id}/{rest}": {},

  "post /v1/jobs": { makes: true, body: (own) => jobOf(own.fileRefs[0] ?? "", own.canary) },
  "post /v1/jobs/batch": {
    makes: true,
    body: ({ fileRefs, canary }) => batchOf(fileRefs[0] ?? "", canary),
  },
  "get /v1/jobs/batch/{batch_id}": {},
  "get /v1/jobs": {},
  "get /v1/jobs/{job_id}": {},
  "post /v1/jobs/{job_id}/cancel": {},
  "post /v1/jobs/{job_id}/retry": { makes: true, own: failed },
  "get /v1/jobs/{job_id}/findings": {},
  "get /v1/jobs/{job_id}/summary": {},
  "get /v1/jobs/{job_id}/download": { makes: true },
  "post /v1/preview": {
    body: ({ fileRefs }) => ({ file_ref: fileRefs[0] ?? "", rules_profile_id: "default@latest" }),
  },
  "post /v1/validate": { body: ({ canary }) => ({ rows: [{ sku: canary, title: canary }] }) },
  "post /v1/validate/row": { body: ({ canary }) => ({ row: { sku: canary, title: canary } }) },
  "post /v1/verdicts": {
    body: ({ canary, jobs }) => ({
      job_id: jobs.succeeded,
      items: [{ sku: canary, answer: pasted(canary) }],
    }),
  },
  "post /v1/uploads": { makes: true, body: ({ canary }) => ({ filename: `${canary}.csv`, size: 6 }) },
  "get /v1/files/{file_id}": {},
  "delete /v1/files/{file_id}": { ends: true },
  "get /v1/events": {},
  "get /v1/events/stream": {},
  "get /v1/jobs/stream": {},
  "post /v1/api-keys": { makes: true, body: ({ canary }) => ({ name: canary, scopes: ["jobs:read"] }) },
  "get /v1/api-keys": {},
  "get /v1/api-keys/{key_id}": {},
  "patch /v1/api-keys/{key_id}": { makes: true, body: ({ canary }) => ({ name: canary }) },
  "delete /v1/api-keys/{key_id}": { ends: true },
  "post /v1/api-keys/{key_id}/rotate": { makes: true, body: () => ({}) },
  "post /v1/webhooks": {
    makes: true,
    body: ({ canary }) => ({ url: `https://hooks.example.com/${canary}`, event_types: ["key.rotated"] }),
  },
  "get /v1/webhooks": {},
  "get /v1/webhooks/{webhook_id}": {},
  "patch /v1/webhooks/{webhook_id}": { makes: true, body: ({ canary }) => ({ description: canary }) },
  "delete /v1/webhooks/{webhook_id}": { ends: true },
  "post /v1/webhooks/{webhook_id}/rotate-secret": { makes: true, body: () => ({}) },
  "post /v1/webhooks/{webhook_id}/test": { makes: true },
  "get /v1/webhooks/{webhook_id}/deliveries": {},
  "post /v1/webhooks/{webhook_id}/replay": { makes: true, body: () => ({ from_sequence: "1-1" }) },
  "get /v1/webhooks/{webhook_id}/dead-letters": {},
  "post /v1/webhooks/{webhook_id}/dead-letters/replay": { makes: true },
  "post /v1/webhooks/{webhook_id}/dead-letters/{sequence}/replay": {},
  "get /v1/support-access": {},
  "delete /v1/support-access/{access_id}": { ends: true },
  "get /v1/rules": {},
  "post /v1/rules/import": {
    makes: true,
    body: ({ canary }) => ({
      format: "json-schema",
      schema: { properties: { [canary]: {} } },
      channel: "imported",
      version: "1.0.0",
    }),
  },
  "get /v1/rules/{profile_id}": {},
  "put /v1/rules/{profile_id}": {
    makes: true,
    names: true,
    own: { profile_id: ({ profiles }) => profiles.draft },
    body: ({ canary }) => ({ name: canary, rules: [] }),
  },
  "delete /v1/rules/{profile_id}": { ends: true },
  "post /v1/rules/{profile_id}/validate": { own: { profile_id: ({ profiles }) => profiles.validated } },
  "post /v1/rules/{profile_id}/publish": { ends: true },
  "post /v1/rules/{profile_id}/deprecate": { ends: true, body: ({ canary }) => ({ reason: canary }) },
  "post /v1/rules/{profile_id}/rollback": { ends: true, body: ({ canary }) => ({ reason: canary }) },
  "post /v1/rules/{profile_id}/shadow": { body: () => ({}) },
  "get /v1/rules/{profile_id}/diff": {},
  "get /v1/header-mappings/{channel}": {},
  "put /v1/header-mappings/{channel}": {
    makes: true,
    names: true,
    body: ({ canary }) => ({ mappings: { [canary]: "title" } }),
  },
  "patch /v1/header-mappings/{channel}": {
    makes: true,
    names: true,
    body: ({ canary }) => ({ mappings: { [canary]: "title" } }),
  },
  "delete /v1/header-mappings/{channel}": { ends: true },
  "get /schemas/rules-profile.json": {},
  "get /v1/tenant": {},

  "post /admin/v1/tenants": {},
  "get /admin/v1/tenants": {},
  "get /admin/v1/tenants/{tenant_id}": {},
  "patch /admin/v1/tenants/{tenant_id}": {},
  "post /admin/v1/tenants/{tenant_id}/suspend": {},
  "post /admin/v1/tenants/{tenant_id}/resume": {},
  "post /admin/v1/tenants/{tenant_id}/offboard": {},
  "post /admin/v1/tenants/{tenant_id}/support-access": {},
  "get /admin/v1/tenants/{tenant_id}/support-access": {},
  "delete /admin/v1/tenants/{tenant_id}/support-access/{access_id}": {},
  "post /admin/v1/tenants/{tenant_id}/token-revocations": {},
  "post /admin/v1/token-revocations": {},
  "get /admin/v1/audit": {},
  "get /admin/v1/dead-letters": {},
  "post /admin/v1/sweep": {},
  "get /admin/v1/tenants/{tenant_id}/relay": {},
  "get /admin/v1/tenants/{tenant_id}/keys": {},
  "post /admin/v1/tenants/{tenant_id}/keys/rotate": {},
  "get /admin/v1/keys/overdue": {},
  "put /admin/v1/tenants/{tenant_id}/customer-key": {},
  "delete /admin/v1/tenants/{tenant_id}/customer-key": {},
  "get /admin/v1/tenants/{tenant_id}/keys/{version}/recovery": {},
  "post /admin/v1/tenants/{tenant_id}/keys/{version}/restore": {},
  "post /admin/v1/tenants/{tenant_id}/shred": {},
  "get /admin/v1/tenants/{tenant_id}/shreds": {},
  "get /admin/v1/tenants/{tenant_id}/shreds/{shred_id}": {},
};

export interface PathEntry {
  /** How the kinds of `idsOf` begin that are right here. */
  readonly kind: string;
  readonly own: Own;
}

export const PATH_PARAMETERS: Readonly<Record<string, PathEntry>> = {
  job_id: { kind: "job", own: ({ jobs }) => jobs.succeeded },
  batch_id: { kind: "job batched", own: ({ jobs }) => jobs.batched },
  file_id: { kind: "file", own: ({ files }) => files.uploaded },
  // Not the key that calls are made with: this one is patched and rotated.
  key_id: { kind: "key", own: ({ keys }) => keys.rotated },
  access_id: { kind: "access", own: ({ access }) => access.ended },
  tenant_id: { kind: "tenant", own: ({ tenant }) => tenant.id },
  webhook_id: { kind: "webhook", own: ({ webhooks }) => webhooks.enabled },
  // Nothing of anybody's: a place in the log of the webhook's own tenant.
  sequence: { kind: "event", own: () => "1-1" },
  version: { kind: "key version", own: () => "1" },
  schema: { kind: "schema", own: () => "job.submitted.json" },
  profile_id: { kind: "profile", own: ({ profiles }) => profiles.published },
  channel: { kind: "channel", own: ({ channel }) => channel },
  shred_id: { kind: "shred", own: ({ shreds }) => shreds.field },
};

export interface ValueEntry {
  /** Values beside the ids of every kind, which are tried everywhere. */
  readonly extra?: (of: Populated) => readonly Foreign[];
  /** The JSON that carries a text; without it the text itself. */
  readonly wrap?: (text: string) => unknown;
}

/** Carries no reference: a foreign id in it is refused, or finds nothing. */
const PLAIN: ValueEntry = {};
const text = (kind: string, of: Own): ValueEntry => ({ extra: (own) => [foreign(kind, of(own))] });

export const QUERY_PARAMETERS: Readonly<Record<string, ValueEntry>> = {
  cursor: { extra: cursorsOf },
  after: { extra: placesOf },
  status: PLAIN,
  seller_id: text("seller", ({ canary }) => `${canary}-seller`),
  channel: PLAIN,
  type: PLAIN,
  created_after: PLAIN,
  created_before: PLAIN,
  limit: PLAIN,
  offset: PLAIN,
  artifact: PLAIN,
  outcome: PLAIN,
  rules_profile_id: PLAIN,
  source: PLAIN,
  event_id: text("event", ({ eventId }) => eventId),
  format: PLAIN,
  lang: PLAIN,
  fixed: PLAIN,
  wait: PLAIN,
  job_id: PLAIN,
  // A version of the named profile's own channel.
  from: PLAIN,
  since: PLAIN,
  until: PLAIN,
};

export const BODY_PROPERTIES: Readonly<Record<string, ValueEntry>> = {
  file_ref: { extra: refsOf },
  filename: text("file name", ({ canary }) => `${canary}.csv`),
  seller_id: text("seller", ({ canary }) => `${canary}-seller`),
  name: text("name", ({ canary }) => canary),
  rows: { wrap: (id) => [{ sku: id }] },
  row: { wrap: (id) => ({ sku: id }) },
  "items[].answer": { wrap: pasted },
  "items[].sku": PLAIN,
  "items[].row": PLAIN,
  job_id: PLAIN,
  // One label, so that what was kept before is not in the answer.
  mappings: { wrap: (id) => ({ label: id }) },
  url: { wrap: (id) => `https://hooks.example.com/${id}` },
  description: text("description", ({ canary }) => canary),
  event_types: { wrap: (id) => [id] },
  // Of the webhook's own tenant, whatever its number.
  from_sequence: PLAIN,
  since: PLAIN,
  lane: PLAIN,
  payload: PLAIN,
  format: PLAIN,
  status: PLAIN,
  callback_url: { wrap: (id) => `https://hooks.test/${id}` },
  metadata: { wrap: (id) => ({ ref: id }) },
  scopes: { wrap: (id) => [id] },
  sha256: text("digest", ({ digest }) => digest),
  channel: PLAIN,
  type: PLAIN,
  rules_profile_id: PLAIN,
  "fixes.accept": { wrap: (id) => [id] },
  "fixes.reject": { wrap: (id) => [id] },
  "targets[].channel": PLAIN,
  "targets[].rules_profile_id": PLAIN,
  "targets[].fixes.accept": PLAIN,
  "targets[].fixes.reject": PLAIN,
  jobs: { wrap: (id) => [id] },
  recent: PLAIN,
  sample: PLAIN,
  seed: PLAIN,
  content_type: PLAIN,
  size: PLAIN,
  expires_at: PLAIN,
  overlap_seconds: PLAIN,
  schema: { wrap: (id) => ({ properties: { [id]: {} } }) },
  version: PLAIN,
  reason: text("reason", ({ canary }) => canary),
  successor: {
    extra: ({ profiles }) => [foreign("profile", profiles.published, () => besideIt(profiles.published))],
  },
};

/** In lower case. All but the Idempotency-Key are tried at every operation of the tenant plane, documented or not. */
export const HEADERS: ReadonlySet<string> = new Set([
  "x-tenant-id",
  "if-match",
  "if-none-match",
  "idempotency-key",
  "last-event-id",
  "x-request-id",
  "traceparent",
]);
