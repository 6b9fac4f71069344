import { describe, expect, it } from "vitest";
import { Hand, held, inside } from "../support/delivery-hands";
import { hook } from "../support/webhooks";

describe("a receiver", () => {
  it("that answers after its time is up has failed, and gets the event again", async () => {
    const { tenant, id, message, ids } = await held(2);
    let isSlow = true;
    const hand = new Hand(
      (_event, { signal }) =>
        new Promise((resolve, reject) => {
          if (!isSlow) return resolve(new Response(null, { status: 200 }));
          isSlow = false;
          signal?.addEventListener("abort", () => reject(signal.reason as Error));
        }),
      { send: { timeoutMs: 30 } },
    );
    await hand.deliver(message);
    expect(hand.ids).toEqual([ids[0], ids[0], ids[1]]);
    const { data } = await tenant.json<{ data: object[] }>(
      "GET",
      `/v1/webhooks/${id}/deliveries?outcome=failed`,
    );
    expect(data).toMatchObject([{ event_id: ids[0], fault: "timeout", status_code: null, response: null }]);
  });

  it("that cannot be reached has failed", async () => {
    const { tenant, id, message, ids } = await held(1);
    let isDown = true;
    const hand = new Hand(() => {
      if (!isDown) return new Response(null, { status: 200 });
      isDown = false;
      throw new TypeError("Connection refused.");
    });
    await hand.deliver(message);
    expect(hand.ids).toEqual([ids[0], ids[0]]);
    const { data } = await tenant.json<{ data: object[] }>(
      "GET",
      `/v1/webhooks/${id}/deliveries?outcome=failed`,
    );
    expect(data).toMatchObject([{ fault: "network_error", status_code: null }]);
  });

  it.each([200, 500])(
    "that trickles a body for ever after %i is waited for no longer than its time",
    async (status) => {
      const { tenant, id, message } = await held(1);
      let isCancelled = false;
      let trickles = true;
      const hand = new Hand(
        (_event, { signal }) => {
          if (!trickles) return new Response(null, { status: 200 });
          trickles = false;
          let drip: ReturnType<typeof setInterval>;
          const body = new ReadableStream<Uint8Array>({
            start(controller) {
              drip = setInterval(() => controller.enqueue(new Uint8Array([46])), 5);
              signal?.addEventListener("abort", () => {
                clearInterval(drip);
                if (!isCancelled) controller.error(signal.reason);
              });
            },
            cancel() {
              isCancelled = true;
              clearInterval(drip);
            },
          });
          return new Response(body, { status });
        },
        { send: { timeoutMs: 60 } },
      );
      const fromMs = Date.now();
      await hand.deliver(message);
      expect(Date.now() - fromMs).toBeLessThan(2_000);
      expect(hand.sent).toHaveLength(status === 200 ? 1 : 2);
      expect(isCancelled).toBe(status === 200);
      expect((await hook(tenant, id)).delivery).toMatchObject({ waiting: 0, dead_letters: 0 });
    },
  );

  it.each([200, 500])(
    "that answers %i with a body of any size is read no further than a beginning",
    async (status) => {
      const { tenant, id, message } = await held(1);
      const CHUNK = 600;
      let pulled = 0;
      const hand = new Hand(() => {
        if (hand.sent.length > 1) return new Response(null, { status: 200 });
        const body = new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              pulled++;
              controller.enqueue(new Uint8Array(CHUNK).fill(120));
            },
          },
          { highWaterMark: 0 },
        );
        return new Response(body, { status });
      });
      await hand.deliver(message);
      expect(pulled).toBe(status === 200 ? 0 : 2);
      const { data } = await tenant.json<{ data: { response: string | null }[] }>(
        "GET",
        `/v1/webhooks/${id}/deliveries?limit=100`,
      );
      expect(data.map(({ response }) => response?.length ?? null)).toEqual(
        status === 200 ? [null] : [null, 1024],
      );
    },
  );

  it("has what it answered kept without control characters, cut at a kilobyte, and never in the clear", async () => {
    const { tenant, id, message } = await held(1);
    const said = `nope\u0000\u001b[31m\u202e ${"\u00e9".repeat(600)}`;
    const hand = new Hand(() =>
      hand.sent.length > 1 ? new Response(null, { status: 200 }) : new Response(said, { status: 400 }),
    );
    await hand.deliver(message);
    const { data } = await tenant.json<{ data: { response: string }[] }>(
      "GET",
      `/v1/webhooks/${id}/deliveries?outcome=failed`,
    );
    expect(data[0]?.response).toMatch(/^nope {2}\[31m {2}\u00e9+/);
    expect(data[0]?.response).not.toMatch(/\p{Cc}|\p{Cf}/u);
    const rows = await inside(tenant, (_stores, sql) =>
      JSON.stringify(sql.exec(`SELECT * FROM attempts`).toArray()),
    );
    expect(rows).not.toContain("nope");
  });
});
