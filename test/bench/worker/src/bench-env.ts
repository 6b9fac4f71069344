import type { Env } from "../../../../src/env";
import type { ClearTenant } from "./clear-tenant";
import type { Reference } from "./reference";

export interface BenchEnv extends Env {
  readonly REFERENCES: DurableObjectNamespace<Reference>;
  readonly PRODUCT_TENANTS: Env["TENANTS"];
  readonly CLEAR_TENANTS: DurableObjectNamespace<ClearTenant>;
}
