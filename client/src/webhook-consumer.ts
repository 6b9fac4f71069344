import { isClosedBy, type Gap } from "./gap.ts";
import type { Claim, CloudEvent } from "./message.ts";
import { earlier, holdsPlace, parsePlace, placeText, type Place } from "./place.ts";
import {
  begun,
  inEpoch,
  isBehind,
  withEvent,
  withHeartbeat,
  withoutGaps,
  type Progress,
  type Terms,
} from "./progress.ts";
import { planReplay, REPLAY_TERMS, withReplay, type ReplayRequest, type ReplayTerms } from "./replays.ts";
import type { HeaderSource } from "./signature.ts";
import type { ConsumerStore } from "./store.ts";
import { WebhookVerifier, type VerifierOptions, type VerifyFault } from "./webhook-verifier.ts";

export interface ConsumerOptions extends VerifierOptions {
  readonly store: ConsumerStore;
  /** Each event once, unless the process dies before it is recorded. What it throws has the event sent again. */
  readonly onEvent: (event: CloudEvent) => void | Promise<void>;
  /** Has everything from a place on sent again; `to`, from the answer, was the newest event then. */
  readonly requestReplay: (request: ReplayRequest) => Promise<{ readonly to: string }>;
  /** The tenant was restored: what came of the former epoch's end may never have happened. Called before its events. */
  readonly onEpoch?: (change: { readonly from: number; readonly to: number }) => void | Promise<void>;
  /** The webhook's `delivery.sequence` when it was made; else the first heartbeat says where it began. */
  readonly startAfter?: string;
  /** The webhook has no `event_types`: a sequence that is left out shows before a heartbeat comes. */
  readonly unfiltered?: boolean;
  /** How long what is only out of order may take. */
  readonly graceMs?: number;
  readonly replays?: Partial<ReplayTerms>;
}

type Taken =
  | { readonly status: 204; readonly reason?: "duplicate" | "incomplete" }
  /** A replay is asked for again later. */
  | { readonly status: 204; readonly reason: "replay_failed"; readonly error: unknown };

/** What to answer, and what there is to log. */
export type Receipt =
  | Taken
  | { readonly status: 400 | 401 | 503; readonly reason: VerifyFault }
  | { readonly status: 503; readonly reason: "too_many_gaps" }
  | { readonly status: 500; readonly reason: "failed"; readonly error: unknown };

export interface ConsumerStatus {
  /** Nothing is missing up to here, by what heartbeats have said; null before the first. */
  readonly provedUpTo: string | null;
  readonly isComplete: boolean;
  readonly gaps: readonly OpenGap[];
}

export interface OpenGap {
  readonly after: string;
  readonly last: string;
  readonly replays: number;
  /** No more replays are asked for: see whether it is a dead letter, then dismiss it. */
  readonly isGivenUp: boolean;
}

const GRACE_MS = 10_000;
/** More of them, and heartbeats are left for later: something is wrong that replays do not mend. */
const MOST_GAPS = 100;

/** Hands each event of a webhook over once, and knows whether one is missing. */
export class WebhookConsumer {
  readonly #options: ConsumerOptions;
  readonly #verifier: WebhookVerifier;
  readonly #replays: ReplayTerms;
  readonly #start: Place | null;
  readonly #nowMs: () => number;
  readonly #running = new Map<string, Promise<Receipt>>();

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#verifier = new WebhookVerifier(options);
    this.#replays = { ...REPLAY_TERMS, ...options.replays };
    this.#start = options.startAfter === undefined ? null : parsePlace(options.startAfter);
    if (options.startAfter !== undefined && this.#start === null)
      throw new TypeError("startAfter is EPOCH-SEQ.");
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** Give the body's bytes as they came, and answer with the receipt's status. */
  async receive(headers: HeaderSource, body: Uint8Array): Promise<Receipt> {
    try {
      const message = await this.#verifier.verify(headers, body);
      if (!message.ok) return { status: statusOf(message.error), reason: message.error };
      switch (message.value.type) {
        case "event":
          return await this.#once(message.value.event, message.value.place);
        case "heartbeat":
          return await this.#hear(message.value.claim);
        case "other":
          return { status: 204 };
      }
    } catch (error) {
      return { status: 500, reason: "failed", error };
    }
  }

  /** Asks for what is due to be asked for. Each message does so too; call it now and then where few come. */
  async check(): Promise<ConsumerStatus> {
    await this.#tend(() => true);
    return this.status();
  }

  async status(): Promise<ConsumerStatus> {
    const progress = await this.#load();
    const { heard } = progress;
    const gaps = progress.gaps.map((gap): OpenGap => ({
      after: placeText(gap.after),
      last: placeText(gap.last),
      replays: gap.asked,
      isGivenUp: gap.asked >= this.#replays.most,
    }));
    const proved = heard && progress.gaps.reduce((least, { after }) => earlier(after, least), heard.told);
    return {
      provedUpTo: proved && placeText(proved),
      isComplete: heard !== null && gaps.length === 0,
      gaps,
    };
  }

  /** Somebody has seen to it that nothing of the gap is wanted any more. */
  async dismiss({ after, last }: Pick<OpenGap, "after" | "last">): Promise<void> {
    const isMeant = (gap: Gap) => placeText(gap.after) === after && placeText(gap.last) === last;
    await this.#update((progress) => withoutGaps(progress, progress.gaps.filter(isMeant)));
  }

  /** A duplicate that comes while the event is being handled is answered as that one is. */
  #once(event: CloudEvent, place: Place): Promise<Receipt> {
    const running = this.#running.get(event.id);
    if (running) return running;
    const work = this.#take(event, place).finally(() => this.#running.delete(event.id));
    this.#running.set(event.id, work);
    return work;
  }

  async #take(event: CloudEvent, place: Place): Promise<Receipt> {
    const { store, onEvent, unfiltered } = this.#options;
    const before = await this.#enter(place.epoch);
    const isDuplicate = isBehind(before, place) || (await store.has(event.id));
    if (!isDuplicate) {
      await onEvent(event);
      await store.record({ id: event.id, place });
    }
    if (unfiltered) await this.#update((progress) => withEvent(progress, place, this.#terms()));
    const receipt = await this.#tend((gap) => holdsPlace(gap, place));
    return isDuplicate && receipt.reason !== "replay_failed" ? { status: 204, reason: "duplicate" } : receipt;
  }

  async #hear(claim: Claim): Promise<Receipt> {
    await this.#enter(claim.last.epoch);
    const isHeard = await this.#change((progress) => {
      const next = withHeartbeat(progress, claim, this.#terms());
      const hasRoom = next.gaps.length <= Math.max(MOST_GAPS, progress.gaps.length);
      return [hasRoom ? next : progress, hasRoom];
    });
    return isHeard ? this.#tend(() => true) : { status: 503, reason: "too_many_gaps" };
  }

  /** A new epoch is told of before anything of it counts. */
  async #enter(epoch: number): Promise<Progress> {
    const known = await this.#load();
    if (known.epoch !== null) {
      if (known.epoch >= epoch) return known;
      await this.#options.onEpoch?.({ from: known.epoch, to: epoch });
    }
    return this.#update((progress) => inEpoch(progress, epoch));
  }

  /** Closes those of the gaps looked at that are closed by now, and asks for a replay where one is due. */
  async #tend(isLookedAt: (gap: Gap) => boolean): Promise<Taken> {
    const { store } = this.#options;
    const progress = await this.#load();
    const looked = progress.gaps.filter(isLookedAt);
    const closed: Gap[] = [];
    for (const gap of looked) if (await isClosedBy(gap, await store.list(gap))) closed.push(gap);
    const now = closed.length === 0 ? progress : await this.#update((latest) => withoutGaps(latest, closed));
    if (looked.length > 0 && now.heard)
      await store.forget({ after: now.heard.start, last: now.heard.floor }, now.gaps);
    return now.gaps.length === 0 ? { status: 204 } : this.#ask();
  }

  async #ask(): Promise<Taken> {
    const planned = await this.#change((progress) => planReplay(progress, this.#replays, this.#nowMs()));
    if (planned === null) return { status: 204, reason: "incomplete" };
    try {
      const { to } = await this.#options.requestReplay(planned.request);
      const sentTo = parsePlace(to);
      if (sentTo === null) throw new TypeError("The answer to a replay has no place `to`.");
      await this.#update((progress) => withReplay(progress, planned.after, sentTo));
      return { status: 204, reason: "incomplete" };
    } catch (error) {
      return { status: 204, reason: "replay_failed", error };
    }
  }

  async #load(): Promise<Progress> {
    return (await this.#options.store.load()) ?? begun(this.#start);
  }

  #change<T>(change: (progress: Progress) => readonly [Progress, T]): Promise<T> {
    return this.#options.store.update((progress) => change(progress ?? begun(this.#start)));
  }

  #update(change: (progress: Progress) => Progress): Promise<Progress> {
    return this.#change((progress) => {
      const next = change(progress);
      return [next, next];
    });
  }

  #terms(): Terms {
    const { unfiltered = false, graceMs = GRACE_MS } = this.#options;
    return { unfiltered, graceMs, nowMs: this.#nowMs() };
  }
}

/** What is wrong with the message is 400, who sent it 401; without keys nobody can tell yet. */
function statusOf(fault: VerifyFault): 400 | 401 | 503 {
  switch (fault) {
    case "header_missing":
    case "id_invalid":
    case "timestamp_invalid":
    case "signature_malformed":
    case "body_malformed":
    case "id_mismatch":
      return 400;
    case "timestamp_too_old":
    case "timestamp_too_new":
    case "signature_invalid":
    case "wrong_tenant":
    case "wrong_webhook":
      return 401;
    case "keys_unavailable":
      return 503;
  }
}
