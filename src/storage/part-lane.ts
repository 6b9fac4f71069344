/**
 * The one sealed part that several sinks of a run have on its way: sealing needs a second buffer as large as a part, and
 * one for all of them is enough. A sink goes on filling while its part, or another sink's, is under way.
 */
export class PartLane {
  #buffer = new Uint8Array(0);
  #inFlight: Promise<unknown> = Promise.resolve();

  /**
   * Once the part before has arrived, or failed, has `fill` write into a buffer of `bytes` and `send` send it; resolves
   * when it is on its way, to a promise that says how it ended.
   */
  async depart<T>(
    bytes: number,
    fill: (buffer: Uint8Array) => Promise<Uint8Array>,
    send: (part: Uint8Array) => Promise<T>,
  ): Promise<{ readonly arrival: Promise<T> }> {
    const before = this.#inFlight;
    let isOver = (): void => undefined;
    // Taken before anything is awaited: two sinks that come at once wait for one another.
    this.#inFlight = new Promise<void>((resolve) => (isOver = resolve));
    await before;
    try {
      if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(bytes);
      const arrival = send(await fill(this.#buffer)).finally(isOver);
      // Whoever sent it awaits it in time; until then a failure must not count as unhandled.
      arrival.catch(() => undefined);
      return { arrival };
    } catch (error) {
      isOver();
      throw error;
    }
  }
}
