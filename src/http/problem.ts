/** The public error vocabulary (CONTRACT §3). A code is API: add freely, never rename or change its status. */
export const PROBLEMS = {
  validation_error: { status: 400, title: "The request does not fit its schema" },
  malformed_json: { status: 400, title: "The body is not JSON" },
  tenant_missing: { status: 400, title: "No tenant is named" },
  tenant_invalid: { status: 400, title: "This is not a tenant id" },
  invalid_file_reference: { status: 400, title: "This is not a file reference" },
  idempotency_key_invalid: { status: 400, title: "This is not an idempotency key" },
  size_mismatch: { status: 400, title: "The size is not the announced one" },
  digest_mismatch: { status: 400, title: "The digest is not the announced one" },
  profile_invalid: { status: 400, title: "The rules profile is not valid" },
  unauthenticated: { status: 401, title: "Authentication is needed" },
  insufficient_scope: { status: 403, title: "The credential lacks a scope" },
  tenant_forbidden: { status: 403, title: "The token does not cover this tenant" },
  tenant_suspended: { status: 403, title: "The tenant is suspended" },
  signature_invalid: { status: 403, title: "The link is not valid" },
  not_found: { status: 404, title: "Not found" },
  tenant_not_found: { status: 404, title: "No such tenant" },
  file_not_found: { status: 404, title: "No such file" },
  rules_profile_not_found: { status: 404, title: "No such published rules profile" },
  method_not_allowed: { status: 405, title: "This path does not take this method" },
  invalid_state_transition: { status: 409, title: "This is not possible in the current status" },
  idempotency_conflict: { status: 409, title: "The idempotency key was used with another payload" },
  idempotency_in_flight: { status: 409, title: "The first call with this key is still under way" },
  already_uploaded: { status: 409, title: "The file is uploaded already" },
  already_exists: { status: 409, title: "It exists already" },
  profile_immutable: { status: 409, title: "A published rules profile cannot change" },
  precondition_failed: { status: 412, title: "The precondition does not hold" },
  payload_too_large: { status: 413, title: "Too large" },
  unsupported_media_type: { status: 415, title: "This media type is not accepted" },
  range_not_satisfiable: { status: 416, title: "The range lies outside" },
  rate_limit_exceeded: { status: 429, title: "Too many requests" },
  quota_exceeded: { status: 429, title: "A quota is used up" },
  internal_error: { status: 500, title: "Something failed on our side" },
  temporarily_unavailable: { status: 503, title: "Not available right now" },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemExtra {
  readonly fieldErrors?: Readonly<Record<string, readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Extension members of the problem document. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** A failure the client is meant to see. Its detail says what is wrong and what to do, and echoes no credential. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: (typeof PROBLEMS)[ProblemCode]["status"];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extra: ProblemExtra = {},
  ) {
    super(detail, { cause: extra.cause });
    this.status = PROBLEMS[code].status;
    this.headers = extra.headers ?? {};
  }
}

export interface ProblemPlace {
  readonly requestId: string;
  readonly path: string;
  readonly nowMs: number;
}

/** The problem document: RFC 9457 §3.1 and, beside it, the members that the old service's clients read. */
export const problemBody = (problem: Problem, { requestId, path, nowMs }: ProblemPlace) => ({
  ...problem.extra.members,
  type: `https://docs.validahub.local/errors/${problem.code}`,
  title: PROBLEMS[problem.code].title,
  status: problem.status,
  detail: problem.detail,
  instance: path,
  code: problem.code,
  message: problem.detail,
  details: problem.extra.fieldErrors ? { field_errors: problem.extra.fieldErrors } : {},
  request_id: requestId,
  timestamp: new Date(nowMs).toISOString(),
});
