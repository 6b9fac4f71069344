import { describe, expect, it } from "vitest";
import { memberNames } from "./golden-text";
import { AUDIT_GOLDENS, EVENT_GOLDENS, LEGACY_GOLDENS, PROBLEM_GOLDENS } from "./goldens";

/** What holds for every golden file, whatever its type: the standards it keeps to, and CONTRACT §3 and §5. */

type Members = Readonly<Record<string, unknown>>;

const parsed = (goldens: Readonly<Record<string, string>>): readonly (readonly [string, Members])[] =>
  Object.entries(goldens).map(([file, text]) => [file, JSON.parse(text) as Members]);

const events = parsed(EVENT_GOLDENS);
const problems = parsed(PROBLEM_GOLDENS);
const audits = parsed(AUDIT_GOLDENS);

const RFC3339_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const SNAKE_CASE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/** CONTRACT §5; a type may be missing until its feature is there, but none goes by another name. */
const CONTRACT_TYPES = new Set([
  "job.submitted",
  "job.started",
  "job.progress",
  "job.succeeded",
  "job.failed",
  "job.cancelled",
  "job.retried",
  "job.expired",
  "file.uploaded",
  "file.deleted",
  "rules.published",
  "rules.deprecated",
  "quota.threshold",
  "sla.breached",
  "key.rotated",
]);

/** CONTRACT §5: what the old service's payloads carried, optional members aside. */
const OLD_PAYLOADS: Readonly<Record<string, readonly string[]>> = {
  "job.submitted": ["job_id", "seller_id", "channel", "type", "file_ref", "rules_profile_id"],
  "job.started": ["job_id", "started_at"],
  "job.succeeded": ["job_id", "counters", "duration_ms", "completed_at"],
  "job.failed": ["job_id", "error_code", "error_message", "retry_count", "failed_at"],
  "job.cancelled": ["job_id", "reason", "cancelled_at"],
  "job.retried": ["job_id", "original_job_id", "retry_count", "retried_at"],
  "job.expired": ["job_id", "ttl_seconds", "expired_at"],
};

/** CloudEvents 1.0.2 §2: the attributes it defines itself. */
const CORE = ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema"];
const EXTENSIONS = ["tenantid", "epoch", "sequence", "partitionkey", "traceparent", "actorid"];

describe("every event", () => {
  it.each(events)("%s has what CloudEvents 1.0.2 requires, in its types", (_file, event) => {
    expect(event).toMatchObject({
      specversion: "1.0",
      id: expect.stringMatching(/./),
      source: expect.stringMatching(/^\/tenants\/t_[a-z0-9_]+$/),
      type: expect.stringMatching(/./),
      subject: expect.stringMatching(/^[a-z_]+:[^:]+$/),
      time: expect.stringMatching(RFC3339_MS),
      datacontenttype: "application/json",
      dataschema: expect.stringMatching(/./),
    });
    expect(Object.keys(event).filter((name) => !CORE.includes(name) && name !== "data")).toEqual(
      EXTENSIONS.filter((name) => Object.hasOwn(event, name)),
    );
    for (const name of EXTENSIONS) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
  });

  // CloudEvents 1.0.2 has `source` a URI-reference, but `dataschema` a URI, which begins with a scheme (RFC 3986 §4.3).
  it("names its schema by an absolute URI", () => {
    expect(events.filter(([, { dataschema }]) => !URL.canParse(String(dataschema)))).toEqual([]);
  });

  it.each(events)("%s has the contract's extensions", (_file, event) => {
    expect(event).toMatchObject({
      tenantid: expect.stringMatching(/^t_[a-z0-9_]{1,47}$/),
      sequence: expect.stringMatching(/^[1-9]\d*$/),
      partitionkey: event.subject,
      actorid: expect.stringMatching(/./),
      source: `/tenants/${String(event.tenantid)}`,
      data: { tenant_id: event.tenantid },
    });
    expect(Number.isInteger(event.epoch) && Number(event.epoch) > 0).toBe(true);
    if (event.traceparent !== undefined)
      expect(event.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  });

  it.each(events)("%s is of a type that the contract knows, and says so in its name", (file, event) => {
    const type = String(event.type);
    expect(CONTRACT_TYPES.has(type) || /^tenant\.[a-z]+(?:_[a-z]+)*$/.test(type)).toBe(true);
    expect(file.replace(/(?:\.full)?\.json$/, "")).toBe(type);
    expect(event.dataschema).toMatch(new RegExp(`/${type.replaceAll(".", "\\.")}\\.json$`));
  });

  it.each(events)("%s carries the old payload's members", (_file, event) => {
    for (const name of OLD_PAYLOADS[String(event.type)] ?? []) expect(event.data).toHaveProperty(name);
  });

  it.each(events)("%s spells its members in snake_case", (_file, event) => {
    for (const name of memberNames(event)) expect(name).toMatch(SNAKE_CASE);
  });
});

/** CONTRACT §5: the old service's envelope. */
const OLD_ENVELOPE = [
  "id",
  "source",
  "specversion",
  "type",
  "time",
  "subject",
  "datacontenttype",
  "tenant_id",
  "trace_id",
  "actor_id",
  "schema_version",
  "data",
];

describe("every legacy event", () => {
  it.each(parsed(LEGACY_GOLDENS))("%s is the same event in the old envelope", (file, legacy) => {
    const event = JSON.parse(EVENT_GOLDENS[file] ?? "null") as Members;
    const { traceparent, tenantid, actorid } = event;
    const traceId = typeof traceparent === "string" ? traceparent.slice(3, 35) : undefined;
    expect(Object.keys(legacy)).toEqual(
      OLD_ENVELOPE.filter((name) => name !== "trace_id" || traceId !== undefined),
    );
    const same = ["id", "source", "specversion", "type", "time", "subject", "datacontenttype", "data"];
    expect(legacy).toMatchObject(Object.fromEntries(same.map((name) => [name, event[name]])));
    expect(legacy).toMatchObject({ tenant_id: tenantid, actor_id: actorid, schema_version: "1" });
    expect(legacy.trace_id).toBe(traceId);
  });
});

describe("every audit entry", () => {
  it.each(audits)("%s is what the log stores of it, in snake_case", (file, entry) => {
    expect(Object.keys(entry)).toEqual(["kind", "type", "subject", "data"]);
    expect(entry).toMatchObject({ kind: "audit", type: file.replace(/\.json$/, "") });
    for (const name of memberNames(entry)) expect(name).toMatch(SNAKE_CASE);
  });

  it("shares no type with an event", () => {
    const types = new Set(events.map(([, { type }]) => type));
    expect(audits.filter(([, { type }]) => types.has(type))).toEqual([]);
  });
});

/** CONTRACT §3, "Codes and statuses". */
const CONTRACT_CODES: Readonly<Record<string, number>> = {
  validation_error: 400,
  malformed_json: 400,
  tenant_missing: 400,
  tenant_invalid: 400,
  invalid_file_reference: 400,
  idempotency_key_invalid: 400,
  size_mismatch: 400,
  digest_mismatch: 400,
  profile_invalid: 400,
  unauthenticated: 401,
  insufficient_scope: 403,
  tenant_forbidden: 403,
  tenant_suspended: 403,
  signature_invalid: 403,
  not_found: 404,
  tenant_not_found: 404,
  file_not_found: 404,
  rules_profile_not_found: 404,
  method_not_allowed: 405,
  invalid_state_transition: 409,
  idempotency_conflict: 409,
  idempotency_in_flight: 409,
  already_uploaded: 409,
  profile_immutable: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  rate_limit_exceeded: 429,
  quota_exceeded: 429,
  internal_error: 500,
  temporarily_unavailable: 503,
};
/** The operator plane's, whose errors the contract leaves open. */
const OPERATOR_CODES: Readonly<Record<string, number>> = { already_exists: 409 };
const STATUSES = { ...CONTRACT_CODES, ...OPERATOR_CODES };

/** RFC 9457 §3.1, and the members that the old service's clients read. */
const PROBLEM_MEMBERS = ["type", "title", "status", "detail", "instance"];
const OLD_MEMBERS = ["code", "message", "details", "request_id", "timestamp"];

describe("every problem", () => {
  it("is in the contract, and nothing of the contract is missing", () => {
    expect(problems.map(([, { code }]) => code).toSorted()).toEqual(Object.keys(STATUSES).toSorted());
  });

  it.each(problems)("%s has the standard's and the old members, and the contract's status", (file, body) => {
    const code = file.replace(/\.json$/, "");
    expect(Object.keys(body)).toEqual(expect.arrayContaining([...PROBLEM_MEMBERS, ...OLD_MEMBERS]));
    expect(body).toMatchObject({
      code,
      status: STATUSES[code],
      title: expect.stringMatching(/^[A-Z].*[^.]$/),
      detail: expect.stringMatching(/\S/),
      instance: expect.stringMatching(/^\/[^?#]*$/),
      message: body.detail,
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timestamp: expect.stringMatching(RFC3339_MS),
    });
    expect(new URL(String(body.type)).pathname.split("/").at(-1)).toBe(code);
  });

  it.each(problems)("%s has field errors as lists of text, and no member without a value", (_file, body) => {
    const { field_errors: fieldErrors, ...others } = body.details as Members;
    expect(others).toEqual({});
    for (const texts of Object.values((fieldErrors ?? {}) as Members)) {
      expect(texts).not.toEqual([]);
      expect((texts as unknown[]).every((text) => typeof text === "string" && text !== "")).toBe(true);
    }
    expect(JSON.stringify(body)).not.toMatch(/undefined|null|hunter2|stack/);
  });

  it.each(problems)("%s spells its own members in snake_case", (_file, { details: _details, ...body }) => {
    // A name of draft-ietf-httpapi-ratelimit-headers.
    const own = memberNames(body).filter((name) => name !== "violated-policies");
    for (const name of own) expect(name).toMatch(SNAKE_CASE);
  });
});
