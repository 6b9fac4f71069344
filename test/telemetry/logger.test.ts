import { afterEach, describe, expect, it, vi } from "vitest";
import { log, traceIdOf, withLogContext } from "../../src/telemetry/logger";

const written = vi.spyOn(console, "info").mockImplementation(() => undefined);
afterEach(() => written.mockClear());
const lines = () => written.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);

describe("a log line", () => {
  it("belongs to whom the work is done for, after every await, however the work interleaves", async () => {
    const work = async (tenantId: string, turns: number) => {
      for (let turn = 0; turn < turns; turn++) {
        await Promise.resolve();
        log.info("sweep.done", { of: tenantId });
      }
    };
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        withLogContext({ tenantId: `t_${n}` }, () => work(`t_${n}`, n % 7)),
      ),
    );
    expect(lines().length).toBeGreaterThan(100);
    for (const { tenantId, of } of lines()) expect(tenantId).toBe(of);
  });

  it("cannot claim another tenant than its context's", () => {
    withLogContext({ tenantId: "t_a" }, () => log.info("sweep.done", { tenantId: "t_b" }));
    expect(lines()).toMatchObject([{ tenantId: "t_a" }]);
  });

  it("has no tenant outside of any", () => {
    withLogContext({ tenantId: "t_a" }, () => undefined);
    log.info("sweep.done");
    expect(lines()).toEqual([{ event: "sweep.done" }]);
  });
});

describe("traceIdOf", () => {
  it("is the second part of a traceparent", () => {
    expect(traceIdOf("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).toBe(
      "4bf92f3577b34da6a3ce929d0e0e4736",
    );
    expect(traceIdOf(null)).toBeUndefined();
  });
});
