import { Hono } from "hono";
import type { RelayStanding } from "../../../durable-objects/tenant/operations/relay-standing";
import { placeText } from "../../domain/delivery-plan";
import { callTenant } from "../call-tenant";
import type { OperatorEnv } from "../context";
import { operatorOperation } from "../operation";
import { optionalTime } from "../present";
import { replyJson } from "../reply";
import { namedTenant, operatorCaller, unknownTenant } from "./operator-caller";

/** How far a tenant's log has come on its way out. */
export const relay = new Hono<OperatorEnv>().get(
  "/tenants/:tenantId/relay",
  operatorOperation({
    id: "getRelay",
    summary: "How far each sink and each endpoint of a tenant is behind its log",
    scope: "admin:read",
    success: { 200: "Where the log ends, and where each sink and endpoint stands in it" },
    problems: ["tenant_invalid", "tenant_not_found"],
  }),
  async (c) => {
    const tenantId = namedTenant(c.req.param("tenantId"));
    const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
      tenant.relayStanding(caller),
    );
    if (!outcome.ok) throw unknownTenant();
    return replyJson(c, present(outcome.value));
  },
);

const present = ({ last, sinks, pendingSinceMs, endpoints }: RelayStanding) => ({
  last_sequence: placeText(last),
  last_entry: last.seq,
  pending_since: optionalTime(pendingSinceMs),
  sinks: sinks.map(({ sink, epoch, seq, behind, failures }) => ({
    sink,
    epoch,
    entry: seq,
    behind,
    failures_in_a_row: failures,
  })),
  endpoints: endpoints.map(({ id, kind, lane, status, failures, cursor, counts }) => ({
    id,
    kind,
    lane,
    status,
    failures_in_a_row: failures,
    sequence: placeText(cursor),
    waiting: counts.waiting,
    dead_letters: counts.parked,
  })),
});
