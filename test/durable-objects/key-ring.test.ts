import { describe, expect, it } from "vitest";
import { KeyRing } from "../../durable-objects/tenant/key-ring";
import { OpenedTexts } from "../../durable-objects/tenant/opened-texts";
import type { Custodian } from "../../durable-objects/tenant/custodian";
import type { DataKeyStore } from "../../durable-objects/tenant/data-key-store";
import type { KeyStateStore } from "../../durable-objects/tenant/key-state-store";
import { err, ok, type Result } from "../../src/domain/result";
import type { WrapFault } from "../../src/keys/key-wrapper";
import { tenantId } from "../support/tenant-id";

const TENANT = tenantId("t_ring");
const MINUTE = 60_000;

/** A ring over one version, whose custody answers as the test says. */
function world() {
  let answer: Result<Uint8Array, WrapFault> = ok(new Uint8Array(32).fill(7));
  let nowMs = 1_000_000;
  let versions = [1];
  let asked = 0;
  let gate: Promise<void> = Promise.resolve();
  const kept = { wrapped: { wrapperId: "w", text: "x" }, recovery: null, commitment: "c" };
  const store = {
    list: () =>
      versions.map((version) => ({ version, kept, createdAtMs: 0, retiredAtMs: null, destroyedAtMs: null })),
  } as unknown as DataKeyStore;
  const custody = {
    open: async () => {
      asked++;
      await gate;
      return answer;
    },
  };
  const custodian = { current: async () => ok(custody) } as unknown as Custodian;
  const state = { rotation: () => null } as unknown as KeyStateStore;
  const ring = new KeyRing(store, state, custodian, new OpenedTexts());
  return {
    ring,
    ready: () => ring.ready(TENANT, () => nowMs),
    held: () => ring.held(nowMs),
    answer: (next: Result<Uint8Array, WrapFault>) => void (answer = next),
    after: (ms: number) => void (nowMs += ms),
    inForce: (next: number[]) => void (versions = next),
    hold: (until: Promise<void>) => void (gate = until),
    asked: () => asked,
  };
}

describe("the keys in memory", () => {
  it("last through an outage for their hard life, and no longer", async () => {
    const { ready, held, answer, after } = world();
    expect(held()).toBeNull();
    await ready();
    answer(err("unavailable"));
    after(6 * MINUTE);
    expect(held()).toBeNull();
    expect(await ready()).toEqual(ok(null));
    expect(held()).not.toBeNull();
    after(50 * MINUTE);
    expect(await ready()).toEqual(ok(null));
    after(5 * MINUTE);
    expect(await ready()).toEqual(err({ reason: "key_unavailable" }));
    expect(held()).toBeNull();
    answer(ok(new Uint8Array(32)));
    expect(await ready()).toEqual(ok(null));
  });

  it("end at once when they are taken away, and come back when they are given back", async () => {
    const { ready, held, answer, after } = world();
    await ready();
    answer(err("refused"));
    after(6 * MINUTE);
    expect(await ready()).toEqual(err({ reason: "key_withdrawn" }));
    expect(held()).toBeNull();
    answer(ok(new Uint8Array(32)));
    await ready();
    expect(held()?.current.version).toBe(1);
  });

  it("are asked for once, however many wait", async () => {
    const { ready, asked } = world();
    await Promise.all([ready(), ready(), ready()]);
    expect(asked()).toBe(1);
  });

  it("do not come back when they were destroyed while they were being opened", async () => {
    const { ring, ready, held, inForce, hold } = world();
    let release = () => {};
    hold(new Promise((resolve) => (release = resolve)));
    const opening = ready();
    await Promise.resolve();
    inForce([]);
    ring.forget();
    release();
    await opening;
    inForce([1]);
    ring.forget();
    expect(held()).toBeNull();
  });

  it("are held all or not at all", async () => {
    const { ring, ready, held, answer, inForce } = world();
    await ready();
    inForce([1, 2]);
    ring.forget();
    expect(held()).toBeNull();
    answer(err("unavailable"));
    expect(await ready()).toEqual(err({ reason: "key_unavailable" }));
    answer(ok(new Uint8Array(32).fill(2)));
    await ready();
    expect([...(held()?.byVersion.keys() ?? [])]).toEqual([1, 2]);
    expect(held()?.current.version).toBe(2);
    expect([ring.opens(1), ring.opens(2), ring.opens(3), ring.opens(0)]).toEqual([true, true, false, false]);
  });
});
