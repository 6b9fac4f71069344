import { describe, expect, it } from "vitest";
import { Problem, problemBody, PROBLEMS, type ProblemCode } from "../../src/http/problem";

const PLACE = {
  requestId: "5f0c7c2e-6f0a-4d5e-9b1a-0123456789ab",
  path: "/v1/jobs",
  nowMs: 1_790_000_000_250,
};

/** CONTRACT §3, "Codes and statuses", and `already_exists` of the operator plane. */
const CONTRACT: Record<number, readonly string[]> = {
  400: [
    "validation_error",
    "malformed_json",
    "tenant_missing",
    "tenant_invalid",
    "invalid_file_reference",
    "idempotency_key_invalid",
    "size_mismatch",
    "digest_mismatch",
    "profile_invalid",
  ],
  401: ["unauthenticated"],
  403: ["insufficient_scope", "tenant_forbidden", "tenant_suspended", "signature_invalid"],
  404: ["not_found", "tenant_not_found", "file_not_found", "rules_profile_not_found"],
  405: ["method_not_allowed"],
  409: [
    "invalid_state_transition",
    "idempotency_conflict",
    "idempotency_in_flight",
    "already_uploaded",
    "profile_immutable",
    "already_exists",
  ],
  412: ["precondition_failed"],
  413: ["payload_too_large"],
  415: ["unsupported_media_type"],
  416: ["range_not_satisfiable"],
  429: ["rate_limit_exceeded", "quota_exceeded"],
  500: ["internal_error"],
  503: ["temporarily_unavailable"],
};
const CODES = Object.entries(CONTRACT).flatMap(([status, codes]) =>
  codes.map((code) => [code as ProblemCode, Number(status)] as const),
);

describe("PROBLEMS", () => {
  it("has the contract's codes and no other", () => {
    expect(Object.keys(PROBLEMS).sort()).toEqual(CODES.map(([code]) => code).sort());
  });

  it.each(CODES)("answers %s with %d", (code, status) => {
    const problem = new Problem(code, "Something is wrong.");
    expect(problem.status).toBe(status);
    expect(problemBody(problem, PLACE)).toMatchObject({
      type: `https://docs.validahub.local/errors/${code}`,
      status,
      code,
      title: expect.stringMatching(/^[A-Z].*[^.]$/),
    });
  });
});

describe("problemBody", () => {
  it("has the members of RFC 9457 and the old service's, and none besides", () => {
    const problem = new Problem("validation_error", "limit: at most 100.", {
      fieldErrors: { limit: ["At most 100.", "Must be a whole number."] },
      headers: { "Retry-After": "1" },
      cause: new Error("secret"),
    });
    expect(problemBody(problem, PLACE)).toEqual({
      type: "https://docs.validahub.local/errors/validation_error",
      title: "The request does not fit its schema",
      status: 400,
      detail: "limit: at most 100.",
      instance: "/v1/jobs",
      code: "validation_error",
      message: "limit: at most 100.",
      details: { field_errors: { limit: ["At most 100.", "Must be a whole number."] } },
      request_id: PLACE.requestId,
      timestamp: "2026-09-21T14:13:20.250Z",
    });
  });

  it("always has details, and carries extension members beside its own", () => {
    const problem = new Problem("rate_limit_exceeded", "Wait.", {
      members: { "violated-policies": ["burst"], status: 200, code: "ok", request_id: "forged" },
    });
    expect(problemBody(problem, PLACE)).toMatchObject({
      "violated-policies": ["burst"],
      status: 429,
      code: "rate_limit_exceeded",
      request_id: PLACE.requestId,
      details: {},
    });
  });

  it("says nothing of the stack or the cause", () => {
    const problem = new Problem("internal_error", "Something failed on our side.", {
      cause: new Error("password=hunter2"),
    });
    expect(JSON.stringify(problemBody(problem, PLACE))).not.toMatch(/hunter2|problem\.test|stack|cause/);
  });
});

describe("Problem", () => {
  it("is an error with its code, detail and headers", () => {
    const problem = new Problem("method_not_allowed", "This path takes GET.", { headers: { Allow: "GET" } });
    expect(problem).toBeInstanceOf(Error);
    expect(problem).toMatchObject({
      name: "Problem",
      code: "method_not_allowed",
      message: "This path takes GET.",
      headers: { Allow: "GET" },
    });
  });
});
