import { describe, expect, it } from "vitest";
import type { EventPage } from "../../durable-objects/tenant/operations/events";
import type { EventPlace } from "../../src/domain/delivery-plan";
import type { LogEntry } from "../../src/domain/event";
import { eventStream, type FollowedLog } from "../../src/http/event-stream";
import { Problem } from "../../src/http/problem";
import { EventSourceClient } from "../support/event-source";

const entry = (eventSeq: number): LogEntry => ({
  epoch: 1,
  seq: eventSeq,
  kind: "event",
  eventSeq,
  id: `id-${eventSeq}`,
  type: "job.started",
  subject: "job:1",
  timeMs: 0,
  actorId: "a",
  traceparent: null,
  payload: "{}",
  sealed: null,
  payloadDigest: "",
  hash: "",
});
const at = (eventSeq: number): EventPlace => ({ epoch: 1, eventSeq });

/** A log of so many events, in pages of two; what is waited for is what the test gives. */
class Source implements FollowedLog {
  isClosed = false;
  pages = 0;
  waits = 0;

  constructor(
    private length: number,
    private readonly next: (source: Source) => boolean,
  ) {}

  grow(by = 1): true {
    this.length += by;
    return true;
  }

  async page({ eventSeq }: EventPlace): Promise<EventPage> {
    this.pages++;
    const events = [eventSeq + 1, eventSeq + 2].filter((seq) => seq <= this.length).map(entry);
    return { events, next: at(events.at(-1)?.eventSeq ?? eventSeq), last: at(this.length) };
  }

  async hasNews(): Promise<boolean> {
    this.waits++;
    return this.next(this);
  }

  close(): void {
    this.isClosed = true;
  }
}

const streamOf = (source: FollowedLog, maxPages = 100) =>
  new EventSourceClient(
    eventStream(source, {
      tenantId: "t_a",
      requestId: "r",
      format: "cloudevents",
      after: at(0),
      heartbeatMs: 1,
      maxPages,
    }),
  );

describe("the stream of a log", () => {
  it("says that it is alive without an id, and goes on", async () => {
    const source = new Source(1, (it) => it.waits % 3 === 0 && it.grow());
    const client = streamOf(source);
    await client.untilMessages(3);
    await client.close();
    expect(client.blocks.map(({ text }) => text.split("\n")[0])).toEqual([
      "retry: 2000",
      "id: 1-1",
      ": live",
      ":",
      ":",
      "id: 1-2",
      ":",
      ":",
      "id: 1-3",
    ]);
    expect(source.isClosed).toBe(true);
  });

  it("asks for nothing before its client takes what there is", async () => {
    const source = new Source(100, () => false);
    const client = streamOf(source);
    await client.untilMessages(2);
    await scheduler.wait(20);
    expect([source.pages, client.messages.length]).toEqual([1, 2]);
    await client.untilMessages(4);
    expect(source.pages).toBe(2);
    await client.close();
  });

  it("ends with the reason when its reader is let in no more", async () => {
    const source = new Source(1, () => {
      throw new Problem("tenant_suspended", "Suspended.");
    });
    const client = streamOf(source);
    await client.untilOver();
    expect(client.messages.at(-1)).toEqual({
      id: "1-1",
      event: "end",
      data: '{"code":"tenant_suspended","message":"Suspended."}',
    });
    expect(source.isClosed).toBe(true);
  });

  it("says of a bug nothing but that it is one", async () => {
    const source = new Source(1, () => {
      throw new Error("secret");
    });
    const client = streamOf(source);
    await client.untilOver();
    expect(client.messages.at(-1)?.data).toBe('{"code":"internal_error","message":"The stream failed."}');
  });

  it("ends before the platform's limit on what one request may ask for", async () => {
    const client = streamOf(new Source(100, () => true), 3);
    await client.untilOver();
    expect(client.messages.length).toBe(6);
    expect(client.blocks.at(-1)?.text).toBe(": come back");
  });
});
