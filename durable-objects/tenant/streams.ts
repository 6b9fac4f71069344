import { isAfter, placeText, type EventPlace } from "../../src/domain/delivery-plan";
import { ASK_AGAIN, STREAMS_MAX } from "../../src/domain/stream-door";

/** What of the tenant's state a reader of its log may have to hear of. */
export interface Heard {
  readonly last: EventPlace;
  /** Rises from 0 whenever somebody's credential may have ended. */
  readonly credentials: number;
}

/** As of an object that has just come to life. */
const NOTHING: Heard = { last: { epoch: 0, eventSeq: 0 }, credentials: 0 };

/**
 * The sockets by which streams and waiting polls are woken. They carry where the newest event is and no event: order and
 * completeness come from the log, so a wake-up may be lost or doubled. The platform holds them while the object
 * hibernates (DESIGN §2.5), so that a stream on which nothing happens costs no duration.
 */
export class Streams {
  #told = NOTHING;
  /** False: certainly nobody. Spares every commit of a tenant without streams the look. */
  #mayListen: boolean;

  constructor(private readonly ctx: Pick<DurableObjectState, "acceptWebSocket" | "getWebSockets">) {
    this.#mayListen = ctx.getWebSockets().length > 0;
  }

  /** The client's end of a new socket; null when there are too many. */
  open(): WebSocket | null {
    if (this.ctx.getWebSockets().length >= STREAMS_MAX) return null;
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.ctx.acceptWebSocket(ours);
    this.#mayListen = true;
    return theirs;
  }

  /** To be called once a commit is durable. */
  tell(read: () => Heard): void {
    if (!this.#mayListen) return;
    const now = read();
    const mustAsk = now.credentials !== this.#told.credentials;
    if (!mustAsk && !isAfter(now.last, this.#told.last)) return;
    this.#told = now;
    const sockets = this.ctx.getWebSockets();
    this.#mayListen = sockets.length > 0;
    for (const socket of sockets) wake(socket, mustAsk ? ASK_AGAIN : placeText(now.last));
  }
}

function wake(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    // It is closing: whoever was there comes back and reads on.
  }
}
