import type { Env } from "../../../../src/env";
import type { ClearTenant } from "./clear-tenant";
import type { CostTenant } from "./cost-tenant";
import type { Reference } from "./reference";
import type { RelayTenant } from "./relay-tenant";

export interface BenchEnv extends Env {
  readonly REFERENCES: DurableObjectNamespace<Reference>;
  readonly PRODUCT_TENANTS: Env["TENANTS"];
  readonly CLEAR_TENANTS: DurableObjectNamespace<ClearTenant>;
  readonly RELAY_TENANTS: DurableObjectNamespace<RelayTenant>;
  readonly COST_TENANTS: DurableObjectNamespace<CostTenant>;
}
