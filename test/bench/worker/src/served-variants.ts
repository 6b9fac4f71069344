import type { Env } from "../../../../src/env";
import type { BenchEnv } from "./bench-env";

/** A request to the product's own app, and the `env` whose tenant objects it is for. */
interface Served {
  readonly request: Request;
  readonly env: Env;
}

const PREFIX = /^\/(product|clear)(?=\/)/;

/** One `env` each for all requests: what the app has parsed of one, it keeps with it. */
const variants = new Map<string, Env>();

/** `/product/...` is served by the product's own tenant objects, `/clear/...` by those that do not seal jobs. */
export function servedVariant(env: BenchEnv, request: Request, path: string): Served | null {
  const [prefix, name] = PREFIX.exec(path) ?? [];
  if (prefix === undefined || name === undefined) return null;
  let variant = variants.get(name);
  if (!variant) {
    const TENANTS = name === "product" ? env.PRODUCT_TENANTS : env.CLEAR_TENANTS;
    variant = { ...env, TENANTS };
    variants.set(name, variant);
  }
  return { request: new Request(new URL(path.slice(prefix.length), request.url), request), env: variant };
}
