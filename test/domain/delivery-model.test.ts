import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  laneKey,
  LANES,
  placeText,
  planPass,
  settlePass,
  type FreshEvent,
  type ItemOutcome,
  type Lane,
  type Pass,
  type WaitingEvent,
} from "../../src/domain/delivery-plan";

const PARKED: ItemOutcome = { type: "parked" };
const DONE: ItemOutcome = { type: "done" };

const at = (eventSeq: number, key: string): FreshEvent => ({
  epoch: 1,
  eventSeq,
  id: `e${eventSeq}`,
  type: "job.started",
  laneKey: key,
});
const named = (events: readonly FreshEvent[]): string =>
  events.map((event) => `${event.eventSeq}${event.laneKey}`).join(" ");

/** With so many waiting the model takes no more, as the object does. */
const WAITING_MAX = 6;
const MOST = 4;
const RETRY_MS = 10;

/** One endpoint by the rules, with its storage: what is not in `cursor`, `waiting` and `parked` dies with a crash. */
class Model {
  readonly #log: FreshEvent[] = [];
  #cursor = 0;
  #waiting = new Map<number, WaitingEvent>();
  #parked = new Map<number, WaitingEvent>();
  #nowMs = 0;
  /** What the receiver is still to get. */
  readonly #owed = new Set<number>();
  readonly #got: number[] = [];
  #unparked = 0;

  constructor(private readonly lane: Lane) {}

  happen(subject: number): void {
    const eventSeq = this.#log.length + 1;
    const key = laneKey(this.lane, { epoch: 1, eventSeq, subject: `s${subject}` });
    this.#log.push(at(eventSeq, key));
    this.#owed.add(eventSeq);
  }

  /** `draws`: what comes of each attempt. `dies`: after everything was sent, and nothing of it was written down. */
  pass({ most, draws, dies }: PassStep): boolean {
    const { pass, lookedTo } = this.#plan(most);
    this.#nothingIsHeldByAnother(pass, most);
    const outcomes = new Map<string, ItemOutcome>();
    let draw = 0;
    for (const group of pass.groups)
      for (const item of group) {
        const drawn = draws[draw++ % Math.max(1, draws.length)] ?? "done";
        if (drawn === "untried") break;
        this.#nothingOfItsKeyIsAhead(item, outcomes);
        this.#got.push(item.eventSeq);
        outcomes.set(placeText(item), this.#outcome(drawn));
        if (drawn !== "done") break;
      }
    if (dies) return true;
    const settled = settlePass(pass, outcomes, this.#nowMs);
    for (const { eventSeq } of settled.removed) this.#waiting.delete(eventSeq);
    for (const event of settled.waiting) this.#waiting.set(event.eventSeq, event);
    for (const event of settled.parked) {
      this.#waiting.delete(event.eventSeq);
      this.#parked.set(event.eventSeq, event);
      this.#owed.delete(event.eventSeq);
    }
    for (const [place, outcome] of outcomes)
      if (outcome.type === "done") this.#owed.delete(Number(place.slice(2)));
    this.#cursor = settled.cursor === "all" ? lookedTo : (settled.cursor?.eventSeq ?? this.#cursor);
    this.#isWhole();
    return pass.groups.length > 0;
  }

  replay(from: number): void {
    const after = Math.min(from % (this.#log.length + 1), this.#cursor);
    for (const seq of [...this.#waiting.keys(), ...this.#parked.keys()])
      if (seq > after) {
        this.#waiting.delete(seq);
        this.#parked.delete(seq);
      }
    for (const { eventSeq } of this.#log) if (eventSeq > after) this.#owed.add(eventSeq);
    this.#cursor = after;
    this.#isWhole();
  }

  replayDead(which: number): void {
    const all = [...this.#parked.values()];
    for (const event of which === 0 ? all : all.slice(which - 1, which)) {
      this.#parked.delete(event.eventSeq);
      this.#waiting.set(event.eventSeq, { ...event, attempts: 0, dueMs: this.#nowMs });
      this.#owed.add(event.eventSeq);
      this.#unparked++;
    }
    this.#isWhole();
  }

  wait(ms: number): void {
    this.#nowMs += ms;
  }

  /** Nothing fails any more: everything arrives or is parked, in so many passes, and no row is left. */
  end(): void {
    for (let passes = 0; this.#owed.size > 0; passes++) {
      if (passes > 4 * this.#log.length + 50) throw new Error(`${this.#owed.size} events never go out.`);
      this.wait(RETRY_MS);
      this.pass({ most: MOST, draws: [], dies: false });
    }
    expect(this.#waiting.size).toBe(0);
    const got = new Set(this.#got);
    for (const { eventSeq } of this.#log) expect(got.has(eventSeq) || this.#parked.has(eventSeq)).toBe(true);
  }

  /** The first deliveries of what was never parked. */
  firsts(): number[] {
    return [...new Set(this.#got)];
  }

  #plan(most: number): { pass: Pass; lookedTo: number } {
    const waiting = this.#inOrder();
    const isStrict = this.lane === "fifo";
    const takes = isStrict ? (waiting[0]?.dueMs ?? 0) <= this.#nowMs : waiting.length < WAITING_MAX;
    const fresh = takes ? this.#log.slice(this.#cursor, this.#cursor + most) : [];
    const lookedTo = this.#cursor + fresh.length;
    return { pass: planPass(waiting, fresh, this.#nowMs, most), lookedTo };
  }

  #inOrder(): WaitingEvent[] {
    return [...this.#waiting.values()].sort((a, b) => a.eventSeq - b.eventSeq);
  }

  #outcome(drawn: Draw): ItemOutcome {
    if (drawn === "fails") return { type: "waits", dueMs: this.#nowMs + RETRY_MS };
    return drawn === "parked" ? PARKED : DONE;
  }

  #nothingOfItsKeyIsAhead(item: FreshEvent, outcomes: ReadonlyMap<string, ItemOutcome>): void {
    const ahead = this.#log.filter(
      (event) =>
        event.laneKey === item.laneKey &&
        event.eventSeq < item.eventSeq &&
        this.#owed.has(event.eventSeq) &&
        outcomes.get(placeText(event))?.type !== "done",
    );
    expect(named(ahead)).toBe("");
  }

  /** Whatever is first of its key and due is in the pass, unless the pass is full or does not look that far. */
  #nothingIsHeldByAnother(pass: Pass, most: number): void {
    const items = pass.groups.flat();
    expect(items.length).toBeLessThanOrEqual(most);
    if (items.length === most) return;
    const heads = new Map<string, WaitingEvent>();
    for (const event of this.#inOrder()) if (!heads.has(event.laneKey)) heads.set(event.laneKey, event);
    const going = new Set(items.map(({ laneKey: key }) => key));
    for (const [key, { dueMs }] of heads) expect(going.has(key)).toBe(dueMs <= this.#nowMs);
    for (const { laneKey: key } of pass.held) expect(heads.get(key)?.dueMs).toBeGreaterThan(this.#nowMs);
  }

  /** What is owed waits or lies beyond the cursor; nothing else waits; and there are not too many rows. */
  #isWhole(): void {
    const rows = new Set(this.#waiting.keys());
    for (const seq of this.#owed) if (!rows.has(seq)) expect(seq).toBeGreaterThan(this.#cursor);
    for (const seq of rows) {
      expect(this.#owed.has(seq)).toBe(true);
      expect(seq).toBeLessThanOrEqual(this.#cursor);
    }
    expect(rows.size).toBeLessThanOrEqual(WAITING_MAX + MOST + this.#unparked);
  }
}

type Draw = "done" | "fails" | "parked" | "untried";

interface PassStep {
  readonly most: number;
  readonly draws: readonly Draw[];
  readonly dies: boolean;
}

type Step =
  | { readonly type: "happen"; readonly subject: number }
  | ({ readonly type: "pass" } & PassStep)
  | { readonly type: "replay"; readonly from: number }
  | { readonly type: "replay_dead"; readonly which: number }
  | { readonly type: "wait"; readonly ms: number };

const happens = fc.record({ type: fc.constant("happen" as const), subject: fc.nat(3) });
const passes = (...draws: Draw[]) =>
  fc.record({
    type: fc.constant("pass" as const),
    most: fc.integer({ min: 1, max: MOST }),
    draws: fc.array(fc.constantFrom(...draws), { maxLength: MOST }),
    dies: fc.boolean(),
  });
const waiting = fc.record({
  type: fc.constant("wait" as const),
  ms: fc.integer({ min: 0, max: 2 * RETRY_MS }),
});
const replays = fc.record({ type: fc.constant("replay" as const), from: fc.nat(60) });
const deadReplays = fc.record({ type: fc.constant("replay_dead" as const), which: fc.nat(3) });

function run(lane: Lane, steps: readonly Step[]): Model {
  const model = new Model(lane);
  for (const step of steps)
    switch (step.type) {
      case "happen":
        model.happen(step.subject);
        break;
      case "pass":
        model.pass(step);
        break;
      case "replay":
        model.replay(step.from);
        break;
      case "replay_dead":
        model.replayDead(step.which);
        break;
      case "wait":
        model.wait(step.ms);
        break;
    }
  model.end();
  return model;
}

describe.each(LANES)("an endpoint in lane %s", (lane) => {
  it("gets or parks every event, in each key's order, whatever fails, dies or is replayed", () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 5, arbitrary: happens },
        { weight: 4, arbitrary: passes("done", "fails", "parked", "untried") },
        { weight: 2, arbitrary: waiting },
        { weight: 1, arbitrary: replays },
        { weight: 1, arbitrary: deadReplays },
      ),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(steps, (drawn) => void run(lane, drawn)),
      { seed: 3, numRuns: 700 },
    );
  });
});

describe("an endpoint in strict order", () => {
  it("gets everything for the first time in the log's order, as long as nothing is parked", () => {
    const steps = fc.array(fc.oneof(happens, passes("done", "fails", "untried"), waiting, replays), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(steps, (drawn) => {
        const firsts = run("fifo", drawn).firsts();
        expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
