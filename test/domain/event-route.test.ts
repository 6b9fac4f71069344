import { describe, expect, it } from "vitest";
import { parseEventRoutes, routesOf, type EventRoute } from "../../src/domain/event-route";
import type { Tier } from "../../src/domain/tier";
import { tenantId } from "../support/tenant-id";

const parse = (...routes: unknown[]) => parseEventRoutes(JSON.stringify(routes), { allowLoopback: false });
const HTTP = { id: "siem", to: "http", url: "https://siem.example.com/in", tenants: ["t_acme"] };

describe("parseEventRoutes", () => {
  it("reads none where there is none", () => {
    expect(parseEventRoutes("", { allowLoopback: false })).toEqual({ ok: true, value: [] });
  });

  it("gives what it was not told: the operator's, in strict order, ids alone", () => {
    expect(parse(HTTP)).toEqual({
      ok: true,
      value: [
        {
          id: "siem",
          to: { type: "http", url: "https://siem.example.com/in" },
          owner: "operator",
          tenants: ["t_acme"],
          tiers: [],
          eventTypes: [],
          lane: "fifo",
          payload: "thin",
          format: "cloudevents",
        },
      ],
    });
  });

  it.each([
    ["no name", { ...HTTP, id: "" }, "id must be"],
    ["a misspelt member", { ...HTTP, tenant: "t_acme" }, "tenant is not known"],
    ["nobody's events", { ...HTTP, tenants: [] }, "name tenants or tiers"],
    ["what is no tenant id", { ...HTTP, tenants: ["acme"] }, "tenants must be tenant ids"],
    ["a pattern of tenants", { ...HTTP, tenants: ["t_*"] }, "tenants must be tenant ids"],
    ["what is no tier", { ...HTTP, tiers: ["gold"] }, "tiers must be"],
    ["what is no type", { ...HTTP, types: ["*"] }, "types must be"],
    ["another payload", { ...HTTP, payload: "all" }, "payload must be"],
    ["another order", { ...HTTP, lane: "random" }, "lane must be"],
    ["no address", { ...HTTP, url: undefined }, "to must be"],
    ["an address inside", { ...HTTP, url: "https://169.254.169.254/" }, "url: "],
    ["an address in the clear", { ...HTTP, url: "http://siem.example.com/" }, "url: "],
    ["a queue with an address", { ...HTTP, to: "queue" }, "a queue has no url"],
    ["a stranger as owner", { ...HTTP, owner: "somebody" }, "owner must be"],
    ["a tenant's sink with another's events", { ...HTTP, owner: "t_other" }, "that tenant alone"],
    ["a tenant's sink with one more", { ...HTTP, owner: "t_acme", tenants: ["t_acme", "t_b"] }, "alone"],
    ["a tenant's sink for a tier", { ...HTTP, owner: "t_acme", tiers: ["basic"] }, "that tenant alone"],
    ["a tenant's queue", { id: "q", to: "queue", owner: "t_acme", tenants: ["t_acme"] }, "is the operator's"],
    ["no object", 1, "is no object"],
  ])("refuses %s", (_what, route, says) => {
    const parsed = parse(route);
    expect(parsed.ok).toBe(false);
    expect(parsed).toMatchObject({ error: expect.stringContaining("EVENT_ROUTES") });
    expect(parsed).toMatchObject({ error: expect.stringContaining(says) });
  });

  it("refuses one sink for two owners, however it is spelt, and one name for two routes", () => {
    const own = { ...HTTP, id: "own", owner: "t_acme" };
    expect(parse(HTTP, { ...own, url: "https://SIEM.example.com:443/in" }).ok).toBe(false);
    expect(parse(HTTP, HTTP).ok).toBe(false);
    expect(parse(HTTP, { ...own, url: "https://acme.example.com/in" }).ok).toBe(true);
  });

  it("refuses what is no list", () => {
    for (const text of ["{", "{}", "1", "null"])
      expect(parseEventRoutes(text, { allowLoopback: false }).ok).toBe(false);
  });
});

describe("routesOf", () => {
  const parsed = parse(
    { ...HTTP, id: "by-name" },
    { ...HTTP, id: "by-tier", tenants: [], tiers: ["premium"] },
    { ...HTTP, id: "own", owner: "t_acme", url: "https://acme.example.com/" },
  );
  const routes: readonly EventRoute[] = parsed.ok ? parsed.value : [];

  it.each<[string, Tier, string[]]>([
    ["t_acme", "basic", ["by-name", "own"]],
    ["t_acme", "premium", ["by-name", "by-tier", "own"]],
    ["t_other", "premium", ["by-tier"]],
    ["t_other", "basic", []],
    ["t_acme_too", "enterprise", []],
  ])("%s of tier %s", (tenant, tier, ids) => {
    expect(routesOf(routes, { tenantId: tenantId(tenant), tier }).map(({ id }) => id)).toEqual(ids);
  });

  it("gives a tenant's sink nobody else's events even where a list says so", () => {
    const forged = routes.map((route) =>
      route.id === "own" ? { ...route, tenants: [tenantId("t_other")] } : route,
    );
    expect(routesOf(forged, { tenantId: tenantId("t_other"), tier: "basic" })).toEqual([]);
  });
});
