/** One problem of every code, by the product's own makers where they can be had. A code without one does not compile. */

import { idempotencyConflict } from "../../src/http/idempotency";
import { invalidCredential } from "../../src/http/middleware/authenticate";
import { insufficientScope } from "../../src/http/operation";
import { Problem, problemBody, type ProblemCode } from "../../src/http/problem";
import { violatedPolicies } from "../../src/http/rate-headers";
import { differentSize, invalidSignature, refusedLink } from "../../src/http/routes/link-calls";
import { unknownTenant } from "../../src/http/admin/operator-caller";

const JOB_PATH = "/v1/jobs/0199b0e4-3c00-7a10-8a6e-5d2f00000001";
const LINK_PATH = "/v1/files/t_acme/files/0199b0e4-2b00-7c3d-9b7a-4e1f00000002/catalogue.csv";
const RATE = {
  burst: 20,
  sustained: 10,
  remaining: 0,
  resetSeconds: 2,
  retryAfterSeconds: 1,
  nowMs: 1_793_523_602_334,
};

const SAMPLES = {
  validation_error: [
    "/v1/jobs",
    new Problem("validation_error", "The query does not fit: limit: Too big: expected number to be <=100", {
      fieldErrors: {
        limit: ["Too big: expected number to be <=100", "Invalid input: expected int, received number"],
        page: ["This member is not known."],
      },
    }),
  ],
  malformed_json: ["/v1/jobs", new Problem("malformed_json", "The body is not JSON.")],
  tenant_missing: [
    "/v1/jobs",
    new Problem("tenant_missing", "The token names several tenants: choose one with X-Tenant-Id."),
  ],
  tenant_invalid: [
    "/admin/v1/tenants",
    new Problem("tenant_invalid", "A tenant id is t_ followed by 1 to 47 of a-z, 0-9 and _.", {
      fieldErrors: { tenant_id: ["Write t_ followed by 1 to 47 of a-z, 0-9 and _."] },
    }),
  ],
  invalid_file_reference: [
    "/v1/jobs",
    new Problem(
      "invalid_file_reference",
      "file_ref must be what POST /v1/uploads gave (files/{file_id}/{filename}).",
      { fieldErrors: { file_ref: ["The name leads out of its folder."] } },
    ),
  ],
  idempotency_key_invalid: [
    "/v1/jobs",
    new Problem("idempotency_key_invalid", "Idempotency-Key has at most 255 characters."),
  ],
  size_mismatch: [LINK_PATH, differentSize(48213)],
  digest_mismatch: [
    LINK_PATH,
    new Problem("digest_mismatch", "The bytes do not have the announced SHA-256; nothing was stored."),
  ],
  profile_invalid: [
    "/v1/rules/acme@1.0.0",
    new Problem("profile_invalid", "The profile has 1 fault.", {
      fieldErrors: { "rules.0.field": ["No column has this name."] },
    }),
  ],
  unauthenticated: ["/v1/jobs", invalidCredential()],
  insufficient_scope: ["/v1/jobs", insufficientScope("jobs:write")],
  tenant_forbidden: [
    "/v1/jobs",
    new Problem("tenant_forbidden", "The credential does not cover the tenant in X-Tenant-Id."),
  ],
  tenant_suspended: [
    "/v1/jobs",
    new Problem("tenant_suspended", "The tenant is suspended; its operator can resume it."),
  ],
  signature_invalid: [LINK_PATH, invalidSignature()],
  not_found: [JOB_PATH, new Problem("not_found", "There is no job with this id.")],
  tenant_not_found: ["/admin/v1/tenants/t_nobody", unknownTenant()],
  file_not_found: [LINK_PATH, refusedLink({ reason: "unknown_file" })],
  rules_profile_not_found: [
    "/v1/jobs",
    new Problem("rules_profile_not_found", "No published rules profile has this id."),
  ],
  method_not_allowed: [
    "/v1/jobs",
    new Problem("method_not_allowed", "This path takes GET, POST, HEAD.", {
      headers: { Allow: "GET, POST, HEAD" },
    }),
  ],
  invalid_state_transition: [
    `${JOB_PATH}/retry`,
    new Problem("invalid_state_transition", "The job is succeeded, which does not allow this.", {
      members: { job_status: "succeeded" },
    }),
  ],
  idempotency_conflict: ["/v1/jobs", idempotencyConflict()],
  idempotency_in_flight: [
    "/v1/validate",
    new Problem("idempotency_in_flight", "The first call with this Idempotency-Key is still under way."),
  ],
  already_uploaded: [LINK_PATH, refusedLink({ reason: "already_uploaded" })],
  already_exists: [
    "/admin/v1/tenants",
    new Problem("already_exists", "A tenant with this id is provisioned already: PATCH it to change it."),
  ],
  profile_immutable: [
    "/v1/rules/acme@1.0.0",
    new Problem("profile_immutable", "This version is published: choose a new one."),
  ],
  precondition_failed: [
    "/v1/rules/acme@1.0.0",
    new Problem("precondition_failed", "The ETag in If-Match is not the current one."),
  ],
  payload_too_large: [
    "/v1/uploads",
    new Problem("payload_too_large", "The largest file is 52428800 bytes.", {
      fieldErrors: { size: ["At most 52428800."] },
    }),
  ],
  unsupported_media_type: [
    "/v1/jobs",
    new Problem("unsupported_media_type", "Send the body as application/json."),
  ],
  range_not_satisfiable: [
    LINK_PATH,
    new Problem("range_not_satisfiable", "The requested range lies outside of the file.", {
      headers: { "Content-Range": "bytes */48213" },
    }),
  ],
  rate_limit_exceeded: [
    "/v1/jobs",
    new Problem(
      "rate_limit_exceeded",
      "The tenant's request rate is used up: wait for Retry-After seconds.",
      {
        headers: { "Retry-After": "1" },
        members: violatedPolicies(RATE),
      },
    ),
  ],
  quota_exceeded: [
    "/v1/api-keys",
    new Problem("quota_exceeded", "A tenant has at most 500 keys that are still good: end some."),
  ],
  internal_error: [
    "/v1/jobs",
    new Problem("internal_error", "Something failed on our side.", { cause: new Error("password=hunter2") }),
  ],
  temporarily_unavailable: [
    "/v1/jobs",
    new Problem("temporarily_unavailable", "The tenant's object cannot be reached right now.", {
      headers: { "Retry-After": "2" },
      cause: new Error("reset by peer"),
    }),
  ],
} satisfies Record<ProblemCode, readonly [path: string, problem: Problem]>;

export const PROBLEM_CODES = Object.keys(SAMPLES) as readonly ProblemCode[];

export const PROBLEM_BODIES: readonly (readonly [file: string, body: object])[] = PROBLEM_CODES.map(
  (code) => {
    const [path, problem] = SAMPLES[code];
    const place = { requestId: "5f0c7c2e-6f0a-4d5e-9b1a-0123456789ab", path, nowMs: RATE.nowMs };
    return [`${code}.json`, problemBody(problem, place)];
  },
);
