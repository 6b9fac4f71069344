import { describe, expect, it } from "vitest";
import type { LogEntry } from "../../src/domain/event";
import { cloudEvent } from "../../src/domain/cloud-event";
import { PROBLEMS } from "../../src/http/problem";
import { eventfulLog } from "../shards/tenant-log";
import { breaches } from "./additive";
import { AUDIT_ENTRIES } from "./audit-samples";
import { EVENT_ENTRIES, EVENT_TYPES, TENANT } from "./event-samples";
import { goldenText } from "./golden-text";
import { AUDIT_GOLDENS, EVENT_GOLDENS, PROBLEM_GOLDENS } from "./goldens";
import { PROBLEM_BODIES, PROBLEM_CODES } from "./problem-samples";

/**
 * What the outside has been promised, byte for byte. Nothing writes a golden file by itself: a test that fails
 * prints the file and its new text, and whoever puts it there has looked at it.
 */
function expectGolden(folder: string, golden: string | undefined, file: string, value: object): void {
  const text = goldenText(value);
  const help = `test/golden/${folder}/${file} is not as the source makes it. Should it change, its text is:\n${text}`;
  expect(golden, help).toBeDefined();
  expect(JSON.parse(golden ?? "null"), help).toEqual(value);
  expect(memberOrder(JSON.parse(golden ?? "null")), help).toEqual(memberOrder(value));
  expect(golden, help).toBe(text);
}

/** Objects as lists of their members, so that their order counts. */
function memberOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(memberOrder);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, member]) => [name, memberOrder(member)]);
}

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
