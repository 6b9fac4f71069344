import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { ZodType } from "zod";
import type { OperatorScope, TenantScope } from "../domain/scope";
import { asking } from "../domain/tenant-context";
import type { AppEnv, OperatorEnv, TenantEnv } from "./context";
import { Problem, type ProblemCode } from "./problem";

/**
 * What a route is: said once, at the route, and read by the scope check, by the OpenAPI document and by the tests that
 * try every operation there is.
 */
export interface OperationSpec {
  /** The `operationId`; what an audit entry calls it. */
  readonly id: string;
  readonly summary: string;
  /** Statuses of success, each with what it brings. */
  readonly success: Readonly<Record<number, string>>;
  /** Beside those that any call of its plane may meet. */
  readonly problems?: readonly ProblemCode[];
  readonly query?: ZodType;
  readonly body?: ZodType;
  /** Media types of text that stand in its place as well. */
  readonly textBodies?: readonly string[];
  /** The same of JSON that is described elsewhere. */
  readonly jsonBodies?: readonly string[];
  /** A body that may be left out. */
  readonly bodyOptional?: boolean;
  /** It takes an `Idempotency-Key` (CONTRACT §3). */
  readonly idempotent?: boolean;
  /** It takes `If-Match` and `If-None-Match`. */
  readonly conditional?: boolean;
  /** It goes on after a `Last-Event-ID`. */
  readonly resumable?: boolean;
}

export type Plane = "open" | "link" | "tenant" | "operator";

export interface Operation extends OperationSpec {
  readonly plane: Plane;
  readonly scope: string | null;
}

const operations = new WeakMap<object, Operation>();

/** The operation that a route's handler stands for. */
export const operationOf = (handler: object): Operation | undefined => operations.get(handler);

/** An operation of the tenant plane: checks a token's scope, and gives the handler its caller. */
export function tenantOperation(
  spec: OperationSpec & { readonly scope: TenantScope | null },
): MiddlewareHandler<TenantEnv> {
  const { id, scope } = spec;
  return described(
    { plane: "tenant", ...spec },
    createMiddleware<TenantEnv>(async (c, next) => {
      const { context, scopes } = c.var;
      if (scope !== null && scopes?.has(scope) === false) throw insufficientScope(scope);
      // A key may be a support grant, each use of which is written down.
      const target = context.credential.type === "api_key" ? c.req.path : "";
      c.set("caller", asking(context, id, scope, target));
      await next();
    }),
  );
}

/** An operation of the operator plane. */
export function operatorOperation(
  spec: OperationSpec & { readonly scope: OperatorScope },
): MiddlewareHandler<OperatorEnv> {
  const { id, scope } = spec;
  return described(
    { plane: "operator", ...spec },
    createMiddleware<OperatorEnv>(async (c, next) => {
      if (!c.var.scopes.has(scope)) throw insufficientScope(scope);
      c.set("operation", id);
      await next();
    }),
  );
}

/** An operation for which the signature of its URL is the grant, and one that is open to all. */
export const openOperation = (plane: "open" | "link", spec: OperationSpec): MiddlewareHandler<AppEnv> =>
  described(
    { plane, scope: null, ...spec },
    createMiddleware<AppEnv>((_c, next) => next()),
  );

export const insufficientScope = (scope: string): Problem =>
  new Problem("insufficient_scope", `This call needs the scope ${scope}.`, {
    headers: { "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${scope}"` },
  });

function described<H extends object>(operation: Operation, handler: H): H {
  operations.set(handler, operation);
  return handler;
}
