/** A client of server-sent events as WHATWG HTML §9.2.6 has it read them, as far as the tests look. */

export interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** One block of a stream, as it was written. */
export interface Block {
  readonly text: string;
  readonly id: string | null;
  readonly message: Message | null;
}

export class EventSourceClient {
  /** What it would send as Last-Event-ID. */
  lastEventId = "";
  readonly messages: Message[] = [];
  readonly blocks: Block[] = [];
  isOver = false;
  #rest = "";
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  /** Reads on until `done` holds; fails if the stream ends before. */
  async until(done: (client: this) => boolean): Promise<this> {
    while (!done(this)) {
      if (this.isOver) throw new Error(`The stream ended too early:\n${this.#all()}`);
      await this.#read();
    }
    return this;
  }

  untilLive(): Promise<this> {
    return this.until(({ blocks }) => blocks.some(({ text }) => text === ": live"));
  }

  untilMessages(count: number): Promise<this> {
    return this.until(({ messages }) => messages.length >= count);
  }

  async untilOver(): Promise<this> {
    while (!this.isOver) await this.#read();
    return this;
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }

  async #read(): Promise<void> {
    const { done, value } = await this.#reader.read();
    this.isOver = done;
    this.#rest += this.#decoder.decode(value, { stream: !done });
    const parts = this.#rest.split("\n\n");
    this.#rest = parts.pop() ?? "";
    for (const text of parts) this.#dispatch(text);
  }

  #dispatch(text: string): void {
    let id: string | null = null;
    let event = "message";
    const data: string[] = [];
    for (const line of text.split("\n")) {
      const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (field === "id") id = value;
      if (field === "event") event = value;
      if (field === "data") data.push(value);
    }
    if (id !== null) this.lastEventId = id;
    const message = data.length === 0 ? null : { id: this.lastEventId, event, data: data.join("\n") };
    if (message) this.messages.push(message);
    this.blocks.push({ text, id, message });
  }

  #all(): string {
    return this.blocks.map(({ text }) => text).join("\n\n");
  }
}
