import { describe, expect, it } from "vitest";
import {
  afterPass,
  CIRCUIT_FAILURES,
  disabled,
  enabled,
  secretsInForce,
  wantsType,
  withSecret,
  type Endpoint,
  type EndpointSecrets,
  type PassHealth,
} from "../../src/domain/webhook-endpoint";

const NOW_MS = 1_790_000_000_000;
const DAY_MS = 86_400_000;

const endpoint = (more: Partial<Endpoint> = {}): Endpoint => ({
  id: "w1",
  kind: "webhook",
  description: "",
  eventTypes: [],
  lane: "per_job",
  format: "cloudevents",
  payload: "full",
  status: "enabled",
  disabledReason: null,
  createdAtMs: 0,
  updatedAtMs: 0,
  lastSuccessAtMs: null,
  failures: 0,
  firstFailureAtMs: null,
  openUntilMs: null,
  heartbeat: { after: { epoch: 1, eventSeq: 0 }, dueMs: null },
  ...more,
});

const health = (more: Partial<PassHealth> = {}): PassHealth => ({
  successes: 0,
  failures: 0,
  isGone: false,
  pauseUntilMs: null,
  ...more,
});

const after = (before: Partial<Endpoint>, seen: Partial<PassHealth>, random = 0) =>
  afterPass(endpoint(before), health(seen), NOW_MS, random);

describe("wantsType", () => {
  it.each<[string[], string, boolean]>([
    [[], "job.succeeded", true],
    [["job.succeeded"], "job.succeeded", true],
    [["job.succeeded"], "job.started", false],
    [["job.*"], "job.started", true],
    [["job.*"], "file.uploaded", false],
    [["job.*"], "jobs.started", false],
    [["job.*"], "job", false],
    [["file.*", "job.failed"], "job.failed", true],
    [["file.*", "job.failed"], "job.started", false],
  ])("%j for %s: %s", (eventTypes, type, expected) => {
    expect(wantsType({ eventTypes }, type)).toBe(expected);
  });
});

describe("secrets", () => {
  const kept: EndpointSecrets = { url: "https://a.example/", secrets: [{ secret: "a", untilMs: null }] };

  it("overlap for as long as was asked, and not a moment longer", () => {
    const rotated = withSecret(kept, "b", NOW_MS + 10, NOW_MS);
    expect(rotated.url).toBe(kept.url);
    expect(secretsInForce(rotated, NOW_MS)).toEqual(["b", "a"]);
    expect(secretsInForce(rotated, NOW_MS + 9)).toEqual(["b", "a"]);
    expect(secretsInForce(rotated, NOW_MS + 10)).toEqual(["b"]);
  });

  it("do not overlap where none was asked for", () => {
    expect(withSecret(kept, "b", NOW_MS, NOW_MS).secrets).toEqual([{ secret: "b", untilMs: null }]);
  });

  it("are two at most: of a rotation within an overlap, the oldest one signs no more", () => {
    const twice = withSecret(withSecret(kept, "b", NOW_MS + 10, NOW_MS), "c", NOW_MS + 20, NOW_MS + 1);
    expect(secretsInForce(twice, NOW_MS + 2)).toEqual(["c", "b"]);
  });

  it("may begin with none", () => {
    expect(withSecret({ url: null, secrets: [] }, "a", NOW_MS + 10, NOW_MS).secrets).toEqual([
      { secret: "a", untilMs: null },
    ]);
  });
});

describe("the circuit", () => {
  it("counts failures over passes, and begins anew with a success", () => {
    expect(after({ failures: 2, firstFailureAtMs: NOW_MS - 5 }, { failures: 2 })).toMatchObject({
      failures: 4,
      firstFailureAtMs: NOW_MS - 5,
      openUntilMs: null,
    });
    expect(after({ failures: 9, firstFailureAtMs: 5 }, { successes: 1 })).toMatchObject({
      failures: 0,
      firstFailureAtMs: null,
      lastSuccessAtMs: NOW_MS,
      openUntilMs: null,
    });
    expect(after({ failures: 9, firstFailureAtMs: 5 }, { successes: 3, failures: 2 })).toMatchObject({
      failures: 2,
      firstFailureAtMs: NOW_MS,
    });
  });

  it("opens at the fifth failure in a row, for longer the more there are, and never for over 90 s", () => {
    const openFor = (failures: number, random: number) =>
      (after({ failures: failures - 1 }, { failures: 1 }, random).openUntilMs ?? NOW_MS) - NOW_MS;
    expect(openFor(CIRCUIT_FAILURES - 1, 0.999)).toBe(0);
    expect(openFor(CIRCUIT_FAILURES, 0)).toBeGreaterThan(0);
    expect(openFor(CIRCUIT_FAILURES + 3, 0.999)).toBeGreaterThan(openFor(CIRCUIT_FAILURES, 0.999));
    expect(openFor(1_000, 0.999)).toBeLessThanOrEqual(90_000);
  });

  it("closes when nothing was tried, for the next try decides", () => {
    expect(after({ failures: 9, firstFailureAtMs: NOW_MS, openUntilMs: NOW_MS - 1 }, {})).toMatchObject({
      failures: 9,
      openUntilMs: null,
    });
  });

  it("is not for strict order, which tries one event at a time anyway", () => {
    expect(after({ lane: "fifo", failures: 20, firstFailureAtMs: NOW_MS }, { failures: 1 })).toMatchObject({
      failures: 21,
      openUntilMs: null,
    });
  });

  it("keeps a pause that the receiver asked for, in every lane", () => {
    for (const lane of ["fifo", "per_job", "parallel"] as const)
      expect(after({ lane }, { failures: 1, pauseUntilMs: NOW_MS + 5_000 }).openUntilMs).toBe(NOW_MS + 5_000);
    const open = after({ failures: 9, firstFailureAtMs: NOW_MS }, { failures: 1, pauseUntilMs: NOW_MS + 1 });
    expect(open.openUntilMs).toBeGreaterThan(NOW_MS + 1);
    expect(after({}, { successes: 1, pauseUntilMs: NOW_MS - 1 }).openUntilMs).toBeNull();
  });
});

describe("disabling", () => {
  it("comes at once from a receiver that is gone, whatever else it answered", () => {
    expect(after({}, { successes: 5, failures: 1, isGone: true })).toMatchObject({
      status: "disabled",
      disabledReason: "gone",
      updatedAtMs: NOW_MS,
    });
  });

  it.each([
    [5 * DAY_MS - 1, 0, "enabled"],
    [5 * DAY_MS, 0, "disabled"],
    [50 * DAY_MS, 0, "disabled"],
    [50 * DAY_MS, 1, "enabled"],
  ])("after %i ms of failures, with %i successes in between: %s", (ageMs, successes, status) => {
    const before = { failures: 30, firstFailureAtMs: NOW_MS - ageMs };
    expect(after(before, { successes, failures: 1 })).toMatchObject({
      status,
      disabledReason: status === "disabled" ? "failing" : null,
    });
  });

  it("is undone with a clean slate", () => {
    const off = disabled(
      endpoint({ failures: 30, firstFailureAtMs: 1, openUntilMs: NOW_MS + 9 }),
      "failing",
      5,
    );
    expect(off).toMatchObject({ status: "disabled", disabledReason: "failing", openUntilMs: null });
    expect(enabled(off, NOW_MS)).toMatchObject({
      status: "enabled",
      disabledReason: null,
      failures: 0,
      firstFailureAtMs: null,
      openUntilMs: null,
      updatedAtMs: NOW_MS,
    });
  });
});
