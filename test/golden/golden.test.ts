import { describe, expect, it } from "vitest";
import type { LogEntry } from "../../src/domain/event";
import { cloudEvent, presentEvent } from "../../src/domain/cloud-event";
import { PROBLEMS } from "../../src/http/problem";
import { eventfulLog } from "../shards/tenant-log";
import { breaches } from "./additive";
import { AUDIT_ENTRIES } from "./audit-samples";
import { EVENT_ENTRIES, EVENT_TYPES, TENANT, THIN_ENTRIES } from "./event-samples";
import { expectGolden } from "./expect-golden";
import { AUDIT_GOLDENS, EVENT_GOLDENS, LEGACY_GOLDENS, PROBLEM_GOLDENS, THIN_GOLDENS } from "./goldens";
import { PROBLEM_BODIES, PROBLEM_CODES } from "./problem-samples";

const stored = ({ kind, type, subject, payload }: LogEntry) => ({
  kind,
  type,
  subject,
  data: JSON.parse(payload) as unknown,
});

describe("an event's golden file", () => {
  it.each(EVENT_ENTRIES)("%s is what the API, webhooks and the stream show", (file, entry) => {
    expectGolden("events", EVENT_GOLDENS[file], file, cloudEvent(TENANT, entry));
  });
});

describe("a legacy event's golden file", () => {
  it.each(EVENT_ENTRIES)("%s is what consumers of the old service read", (file, entry) => {
    const event = presentEvent(TENANT, entry, { format: "legacy", payload: "full" });
    expectGolden("events-legacy", LEGACY_GOLDENS[file], file, event);
  });
});

describe("a thin event's golden file", () => {
  it.each(THIN_ENTRIES)("%s has the ids alone, in either format", (file, entry) => {
    const [cloudevents, legacy] = (["cloudevents", "legacy"] as const).map((format) =>
      presentEvent(TENANT, entry, { format, payload: "thin" }),
    );
    expectGolden("events-thin", THIN_GOLDENS[file], file, { cloudevents, legacy });
  });
});

describe("a problem's golden file", () => {
  it.each(PROBLEM_BODIES)("%s is the body that is answered", (file, body) => {
    expectGolden("problems", PROBLEM_GOLDENS[file], file, body);
  });
});

describe("an audit entry's golden file", () => {
  it.each(AUDIT_ENTRIES)("%s is the entry that is stored", (file, entry) => {
    expect(entry.eventSeq).toBeNull();
    expectGolden("audit", AUDIT_GOLDENS[file], file, stored(entry));
  });
});

describe("the golden files", () => {
  it.each([
    ["events", EVENT_GOLDENS, EVENT_ENTRIES],
    ["events-legacy", LEGACY_GOLDENS, EVENT_ENTRIES],
    ["events-thin", THIN_GOLDENS, THIN_ENTRIES],
    ["problems", PROBLEM_GOLDENS, PROBLEM_BODIES],
    ["audit", AUDIT_GOLDENS, AUDIT_ENTRIES],
  ] as const)("%s has a file for each sample, and none is left over", (_folder, goldens, samples) => {
    expect(Object.keys(goldens).toSorted()).toEqual(samples.map(([file]) => file).toSorted());
  });

  it("have a sample of every code", () => {
    expect(PROBLEM_CODES.toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
  });
});

describe("the samples", () => {
  /** `data` of each event as the domain's own steps of a job say it, by type. */
  const said = eventfulLog().entries.filter(({ type }) => type.startsWith("job."));
  const dataOf = (file: string): unknown =>
    (JSON.parse(EVENT_GOLDENS[file] ?? "null") as { data: unknown } | null)?.data;

  it("have each member that a job's own steps put into its events", () => {
    expect(new Set(said.map(({ type }) => type))).toEqual(
      new Set(EVENT_TYPES.filter((type) => type.startsWith("job."))),
    );
    for (const entry of said) {
      const { data } = cloudEvent(TENANT, entry);
      expect(breaches(dataOf(`${entry.type}.json`), { seller_id: "s", ...data }), entry.type).toEqual(
        entry.type === "job.submitted" ? ["$.seller_id: string became null"] : [],
      );
      const most = dataOf(`${entry.type}.full.json`) ?? dataOf(`${entry.type}.json`);
      expect(Object.keys(most as object)).toEqual(expect.arrayContaining(Object.keys(data)));
    }
  });
});
