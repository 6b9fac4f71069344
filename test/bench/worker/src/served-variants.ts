import type { Env } from "../../../../src/env";
import type { BenchEnv } from "./bench-env";
import { costEnv } from "./cost-tenant";

/** A request to the product's own app, and the `env` whose tenant objects it is for. */
interface Served {
  readonly request: Request;
  readonly env: Env;
}

const PREFIX = /^\/(product|clear|relay|cost)(?=\/)/;

const withTenants = (env: BenchEnv, tenants: unknown): Env => ({
  ...env,
  TENANTS: tenants as Env["TENANTS"],
});
const VARIANTS: Readonly<Record<string, (env: BenchEnv) => Env>> = {
  product: (env) => withTenants(env, env.PRODUCT_TENANTS),
  clear: (env) => withTenants(env, env.CLEAR_TENANTS),
  relay: (env) => withTenants(env, env.RELAY_TENANTS),
  cost: costEnv,
};

/** One `env` each for all requests: what the app has parsed of one, it keeps with it. */
const variants = new Map<string, Env>();

/**
 * `/product/...` is served by the product's own tenant objects, `/clear/...` by those that do not seal jobs,
 * `/relay/...` by those whose log is relayed when asked, `/cost/...` by those that count what they cost.
 */
export function servedVariant(env: BenchEnv, request: Request, path: string): Served | null {
  const [prefix, name] = PREFIX.exec(path) ?? [];
  if (prefix === undefined || name === undefined) return null;
  const variant = variants.get(name) ?? VARIANTS[name]?.(env);
  if (!variant) return null;
  variants.set(name, variant);
  return { request: new Request(new URL(path.slice(prefix.length), request.url), request), env: variant };
}
