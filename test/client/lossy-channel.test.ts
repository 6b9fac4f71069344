import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Receipt } from "../../client/src/webhook-consumer";
import { controlBody, eventBody, heartbeatData, sent, TestConsumer, type Sent } from "./world";

/** A world of chance: what comes of it depends on the seed alone. */
function chanceOf(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    is: (share: number): boolean => next() < share,
    below: (most: number): number => Math.floor(next() * most),
  };
}

interface Setting {
  readonly seed: number;
  readonly events: number;
  readonly isFiltered: boolean;
  readonly isOrdered: boolean;
  /** How often one event is swallowed on its way although its sender is told that it was taken. */
  readonly swallowed: number;
  readonly losesHeartbeats: boolean;
}

const isSuccess = (receipt: Receipt | null): boolean => receipt?.status === 204;

/**
 * The platform as its receiver knows it: a cursor that a replay sets back, what waits beyond it, and heartbeats that go on
 * where the last one that was taken ended. Between it and the consumer a channel that loses, doubles and delays.
 */
class World {
  readonly chance: ReturnType<typeof chanceOf>;
  readonly consumer: TestConsumer;
  readonly failures = new Map<string, number>();
  /** By sequence, counted from 1. */
  readonly log: { readonly id: string; readonly isWanted: boolean }[] = [];
  #waiting: number[] = [];
  readonly #swallowed = new Map<string, number>();
  readonly #late: Sent[] = [];
  #told = 0;
  #isQuiet = false;

  constructor(readonly setting: Setting) {
    this.chance = chanceOf(setting.seed);
    this.consumer = new TestConsumer({
      startAfter: "1-0",
      unfiltered: !setting.isFiltered,
      replays: { most: 1_000 },
    });
    this.consumer.onEvent = async () => {
      await Promise.resolve();
      if (!this.#isQuiet && this.chance.is(0.15)) throw new Error("The handler fails.");
    };
    this.consumer.replay = async () => {
      if (!this.#isQuiet && this.chance.is(0.3)) throw new Error("The call fails.");
      const from = Number(this.consumer.asked.at(-1)?.fromSequence.split("-")[1]);
      const again = this.log.flatMap(({ isWanted }, index) =>
        isWanted && index + 1 >= from ? [index + 1] : [],
      );
      this.#waiting = [...this.#waiting.filter((sequence) => sequence < from), ...again];
      return { to: `1-${this.log.length}` };
    };
  }

  get wanted(): string[] {
    return this.log.filter(({ isWanted }) => isWanted).map(({ id }) => id);
  }

  happen(): void {
    const isWanted = !this.setting.isFiltered || this.chance.is(0.6);
    this.log.push({ id: `e${this.log.length + 1}`, isWanted });
    if (isWanted) this.#waiting.push(this.log.length);
  }

  async step(): Promise<void> {
    this.consumer.nowMs += this.chance.below(90_000);
    switch (this.chance.below(6)) {
      case 0:
      case 1:
        if (this.log.length < this.setting.events) this.happen();
        return;
      case 2:
      case 3:
        return this.sendNext();
      case 4:
        return this.sendHeartbeat();
      default: {
        const message = this.#late.splice(this.chance.below(this.#late.length), 1)[0];
        if (message) await this.consumer.consumer.receive(message.headers, message.body);
      }
    }
  }

  /** From here on nothing fails any more, and things go on happening. */
  async quieten(): Promise<void> {
    this.#isQuiet = true;
    for (let round = 0; round < 100; round++) {
      this.happen();
      while (this.#waiting.length > 0) await this.sendNext();
      await this.sendHeartbeat();
      this.consumer.nowMs += 3_600_000;
      const { isComplete, provedUpTo } = await this.consumer.consumer.check();
      if (isComplete && provedUpTo === `1-${this.log.length}` && this.#waiting.length === 0) return;
    }
  }

  async sendNext(): Promise<void> {
    const at = this.setting.isOrdered ? 0 : this.chance.below(Math.min(4, this.#waiting.length));
    const sequence = this.#waiting[at];
    if (sequence === undefined) return;
    const id = `e${sequence}`;
    const body = eventBody({ id, place: `1-${sequence}` });
    const times = this.#swallowed.get(id) ?? 0;
    const isTaken = await this.#pass(id, body, times < this.setting.swallowed);
    // A replay may have come between.
    const still = this.#waiting.indexOf(sequence);
    if (isTaken && still !== -1) this.#waiting.splice(still, 1);
  }

  async sendHeartbeat(): Promise<void> {
    const last = (this.#waiting.length > 0 ? Math.min(...this.#waiting) : this.log.length + 1) - 1;
    if (last <= this.#told) return;
    const ids = this.log.slice(this.#told, last).flatMap(({ id, isWanted }) => (isWanted ? [id] : []));
    const id = crypto.randomUUID();
    const body = controlBody(id, "webhook.heartbeat", heartbeatData(`1-${this.#told}`, `1-${last}`, ids));
    if (await this.#pass(id, body, this.setting.losesHeartbeats)) this.#told = last;
  }

  /** Whether the sender was told that it was taken. */
  async #pass(id: string, body: string, mayBeSwallowed: boolean): Promise<boolean> {
    const message = await sent(id, body, this.consumer.nowMs);
    const receive = () => this.consumer.consumer.receive(message.headers, message.body);
    if (this.#isQuiet) return isSuccess(await receive());
    if (this.chance.is(0.15)) return false;
    if (mayBeSwallowed && this.chance.is(0.3)) {
      this.#swallowed.set(id, (this.#swallowed.get(id) ?? 0) + 1);
      // Lost for good, or long under way.
      if (this.chance.is(0.5)) this.#late.push(message);
      return true;
    }
    if (this.chance.is(0.2)) this.#late.push(message);
    const [first = null] = await Promise.all(this.chance.is(0.2) ? [receive(), receive()] : [receive()]);
    return isSuccess(first) && !this.chance.is(0.1);
  }
}

async function expectAllOnce(setting: Setting): Promise<void> {
  const world = new World(setting);
  for (let step = 0; step < setting.events * 8; step++) await world.step();
  await world.quieten();
  expect(world.consumer.handled.toSorted()).toEqual(world.wanted.toSorted());
  expect(await world.consumer.consumer.status()).toEqual({
    provedUpTo: `1-${world.log.length}`,
    isComplete: true,
    gaps: [],
  });
}

const settings = (fixed: Pick<Setting, "swallowed" | "losesHeartbeats">) =>
  fc.record({
    seed: fc.integer(),
    events: fc.integer({ min: 1, max: 40 }),
    isFiltered: fc.boolean(),
    isOrdered: fc.boolean(),
    swallowed: fc.constant(fixed.swallowed),
    losesHeartbeats: fc.constant(fixed.losesHeartbeats),
  });

describe("over a channel that loses, doubles, delays and reorders", () => {
  it("every wanted event is handled once, and the consumer knows that it has them", async () => {
    const property = fc.asyncProperty(settings({ swallowed: 3, losesHeartbeats: false }), expectAllOnce);
    await fc.assert(property, { numRuns: RUNS, seed: 7 });
  });

  it("heartbeats among the lost, where a replay brings what it brings", async () => {
    const property = fc.asyncProperty(settings({ swallowed: 1, losesHeartbeats: true }), expectAllOnce);
    await fc.assert(property, { numRuns: RUNS, seed: 11 });
  });
});

const RUNS = 40;
