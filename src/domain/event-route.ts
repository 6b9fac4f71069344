/** Where an operator has events of chosen tenants sent beside what the tenants ask for. Pure. */

import type { EventForm } from "./cloud-event";
import { LANES, type Lane } from "./delivery-plan";
import { parseOutboundUrl } from "./outbound-url";
import { err, ok, type Result } from "./result";
import { parseTenantId, type TenantId } from "./tenant-id";
import { TIERS, type Tier } from "./tier";

export type RouteTarget = { readonly type: "queue" } | { readonly type: "http"; readonly url: string };

export interface EventRoute extends EventForm {
  readonly id: string;
  readonly to: RouteTarget;
  /** Whose the sink is: a tenant's is given that tenant's events and nobody else's, whatever the rest says. */
  readonly owner: "operator" | TenantId;
  readonly tenants: readonly TenantId[];
  readonly tiers: readonly Tier[];
  readonly eventTypes: readonly string[];
  readonly lane: Lane;
}

const ID = /^[a-z0-9][a-z0-9_-]{0,30}$/;
const TYPE = /^[a-z][a-z0-9_]*\.(?:\*|[a-z][a-z0-9_]*)$/;
const MEMBERS = new Set(["id", "to", "url", "owner", "tenants", "tiers", "types", "payload", "lane"]);

/** The routes of which a tenant's events take part; a tenant's object sends its own events alone. */
export const routesOf = (
  routes: readonly EventRoute[],
  tenant: { readonly tenantId: TenantId; readonly tier: Tier },
): readonly EventRoute[] =>
  routes.filter(
    ({ owner, tenants, tiers }) =>
      (owner === "operator" || owner === tenant.tenantId) &&
      (tenants.includes(tenant.tenantId) || tiers.includes(tenant.tier)),
  );

/** Reads EVENT_ROUTES, a JSON list; the error is a sentence for the operator. No route at all is better than a wrong one. */
export function parseEventRoutes(
  text: string,
  options: { readonly allowLoopback: boolean },
): Result<readonly EventRoute[], string> {
  if (text === "") return ok([]);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return fault("is not JSON");
  }
  if (!Array.isArray(given)) return fault("is not a list");
  const routes: EventRoute[] = [];
  for (const [at, one] of given.entries()) {
    const route = parseRoute(one, options);
    if (!route.ok) return fault(`entry ${at + 1}: ${route.error}`);
    routes.push(route.value);
  }
  return sharedSink(routes) ?? ok(routes);
}

function parseRoute(
  given: unknown,
  options: { readonly allowLoopback: boolean },
): Result<EventRoute, string> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return err("is no object");
  const route = given as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(route).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) return err(`${unknown} is not known`);
  const {
    id,
    to,
    url,
    owner = "operator",
    tenants = [],
    tiers = [],
    types = [],
    payload = "thin",
    lane = "fifo",
  } = route;
  if (typeof id !== "string" || !ID.test(id)) return err("id must be 1 to 31 of a-z, 0-9, _ and -");
  const ids = texts(tenants)?.map((name) => parseTenantId(name));
  const named = ids?.filter((tenantId) => tenantId !== null);
  if (!named || named.length !== ids?.length) return err("tenants must be tenant ids");
  const ranks = texts(tiers)?.flatMap((name) => TIERS.filter((tier) => tier === name));
  if (!ranks || ranks.length !== texts(tiers)?.length) return err(`tiers must be of ${TIERS.join(", ")}`);
  const wanted = texts(types);
  if (!wanted?.every((type) => TYPE.test(type)))
    return err("types must be types such as job.succeeded or job.*");
  if (payload !== "thin" && payload !== "full") return err("payload must be thin or full");
  const order = LANES.find((each) => each === lane);
  if (!order) return err(`lane must be of ${LANES.join(", ")}`);
  const owned = ownerOf(owner, named, ranks);
  if (!owned.ok) return owned;
  const target = targetOf(to, url, options);
  if (!target.ok) return target;
  return ok({
    id,
    to: target.value,
    owner: owned.value,
    tenants: named,
    tiers: ranks,
    eventTypes: wanted,
    lane: order,
    payload,
    format: "cloudevents",
  });
}

/** A tenant's own sink names that tenant and no other: a slip of the pen must not hand it somebody else's events. */
function ownerOf(
  owner: unknown,
  tenants: readonly TenantId[],
  tiers: readonly Tier[],
): Result<EventRoute["owner"], string> {
  if (tenants.length + tiers.length === 0) return err("name tenants or tiers");
  if (owner === "operator") return ok(owner);
  const tenantId = typeof owner === "string" ? parseTenantId(owner) : null;
  if (tenantId === null) return err("owner must be operator or a tenant id");
  return tiers.length === 0 && tenants.every((each) => each === tenantId)
    ? ok(tenantId)
    : err(`the sink of ${tenantId} takes the events of that tenant alone`);
}

function targetOf(
  to: unknown,
  url: unknown,
  options: { readonly allowLoopback: boolean },
): Result<RouteTarget, string> {
  if (to === "queue") return url === undefined ? ok({ type: "queue" }) : err("a queue has no url");
  if (to !== "http" || typeof url !== "string") return err("to must be queue, or http with a url");
  const parsed = parseOutboundUrl(url, options);
  return parsed.ok ? ok({ type: "http", url }) : err(`url: ${parsed.error.detail}`);
}

/** Two owners never share a sink, and no two routes a name. */
function sharedSink(routes: readonly EventRoute[]): Result<never, string> | null {
  const owners = new Map<string, EventRoute["owner"]>();
  const ids = new Set<string>();
  for (const { id, to, owner } of routes) {
    if (ids.has(id)) return fault(`${id} is there twice`);
    ids.add(id);
    const sink = to.type === "queue" ? "the queue" : new URL(to.url).href;
    const before = owners.get(sink) ?? owner;
    if (before !== owner) return fault(`${sink} would be of ${before} and of ${owner}`);
    owners.set(sink, owner);
    if (to.type === "queue" && owner !== "operator") return fault(`${id}: the queue is the operator's`);
  }
  return null;
}

const texts = (given: unknown): readonly string[] | null =>
  Array.isArray(given) && given.every((each) => typeof each === "string") ? given : null;

const fault = (what: string): Result<never, string> => err(`Configuration EVENT_ROUTES: ${what}.`);
