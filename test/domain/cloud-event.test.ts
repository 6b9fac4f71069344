import { expect, it } from "vitest";
import type { LogEntry } from "../../src/domain/event";
import { cloudEvent } from "../../src/domain/cloud-event";

it("an event is its tenant's, whatever its payload says", () => {
  const entry: LogEntry = {
    epoch: 1,
    seq: 1,
    kind: "event",
    eventSeq: 1,
    id: "e",
    type: "tenant.suspended",
    subject: "tenant:t_a",
    timeMs: 0,
    actorId: "operator:ana",
    traceparent: null,
    payload: '{"reason":null,"tenant_id":"t_b"}',
    sealed: null,
    payloadDigest: "",
    hash: "",
  };
  const { data, tenantid } = cloudEvent("t_a", entry);
  expect([tenantid, data.tenant_id]).toEqual(["t_a", "t_a"]);
  expect(Object.keys(data)).toEqual(["tenant_id", "reason"]);
});
