import type { EventRoute } from "../../../src/domain/event-route";
import type { Endpoint } from "../../../src/domain/webhook-endpoint";
import type { Stores } from "../stores";
import { newEndpoint, newest } from "./endpoint-rows";

const PREFIX = "route:";

const routeIdOf = (endpointId: string): string => endpointId.slice(PREFIX.length);

/** The configured route that an endpoint stands for. */
export const routeOf = (routes: readonly EventRoute[], { id, kind }: Endpoint): EventRoute | undefined =>
  kind === "route" ? routes.find((route) => route.id === routeIdOf(id)) : undefined;

/**
 * Brings the endpoints that stand for the operator's routes in line with the configuration: a new one begins with what
 * happens next, one that is gone takes with it what waited for it. Inside a command.
 */
export function syncRoutes(stores: Stores, routes: readonly EventRoute[], nowMs: number): void {
  const known = stores.endpoints.list().filter(({ endpoint }) => endpoint.kind === "route");
  for (const { endpoint } of known) {
    if (routes.some(({ id }) => id === routeIdOf(endpoint.id))) continue;
    stores.endpoints.delete(endpoint.id);
    stores.deliveries.removeAll(endpoint.id);
    stores.attempts.removeAll(endpoint.id);
  }
  for (const { id, eventTypes, lane, format, payload } of routes) {
    const settings = { description: "", eventTypes, lane, format, payload };
    const stored = known.find(({ endpoint }) => routeIdOf(endpoint.id) === id);
    if (!stored) {
      const { epoch, eventSeq } = newest(stores);
      // Of a tenant that has just been made, its making is what happens next.
      const cursor = { epoch, eventSeq: eventSeq <= 1 ? 0 : eventSeq };
      stores.timers.set("deliveries", nowMs);
      stores.endpoints.insert({
        endpoint: newEndpoint(`${PREFIX}${id}`, "route", settings, cursor, nowMs),
        sealed: null,
        cursor,
      });
      continue;
    }
    const changed = { ...stored.endpoint, ...settings };
    if (JSON.stringify(changed) !== JSON.stringify(stored.endpoint))
      stores.endpoints.save({ ...stored, endpoint: changed });
  }
}
