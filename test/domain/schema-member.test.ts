import { describe, expect, it } from "vitest";
import type { EventData } from "../../src/domain/event";
import {
  count,
  nullable,
  objectSchema,
  optional,
  text,
  time,
  uuid,
  type MembersOf,
} from "../../src/domain/schema-member";

interface Data {
  readonly id: string;
  readonly size: number;
  readonly reason: string | null;
  readonly note?: string;
}

const GOOD: MembersOf<Data> = { id: text, size: count, reason: nullable(text), note: optional(text) };

/** What keeps the schemas by the side of `EventData`: each of these has to be an error for the compiler. */
export const REFUSED: readonly MembersOf<Data>[] = [
  // @ts-expect-error -- a member is missing
  { id: text, size: count, reason: nullable(text) },
  // @ts-expect-error -- a member too many
  { ...GOOD, added: text },
  // @ts-expect-error -- text for a number
  { ...GOOD, size: text },
  // @ts-expect-error -- never null, where it may be
  { ...GOOD, reason: text },
  // @ts-expect-error -- null, where it never is
  { ...GOOD, id: nullable(text) },
  // @ts-expect-error -- required, where it may be left out
  { ...GOOD, note: text },
  // @ts-expect-error -- left out, where it never is
  { ...GOOD, id: optional(text) },
];

describe("objectSchema", () => {
  it("requires all but the optional members, and is open to more", () => {
    expect(objectSchema(GOOD)).toEqual({
      type: "object",
      required: ["id", "size", "reason"],
      properties: {
        id: { type: "string" },
        size: { type: "integer", minimum: 0 },
        reason: { type: ["string", "null"] },
        note: { type: "string" },
      },
    });
  });

  it("fits the data of an event", () => {
    const members: MembersOf<EventData["job.started"]> = { job_id: uuid, started_at: time };
    expect(objectSchema(members)).toHaveProperty("properties.started_at.format", "date-time");
  });
});
