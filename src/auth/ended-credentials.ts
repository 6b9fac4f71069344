/**
 * Keys and tokens that a tenant's object has called ended, by tenant and text. What has ended never comes back, so they
 * are refused without asking again: whoever holds a leaked key cannot use up its tenant's rate with it.
 */
export class EndedCredentials {
  readonly #known = new Set<string>();

  constructor(private readonly most = 1024) {}

  has(text: string): boolean {
    return this.#known.has(text);
  }

  /** The oldest is forgotten when there are too many: it is then asked about once more. */
  add(text: string): void {
    for (const oldest of this.#known) {
      if (this.#known.size < this.most) break;
      this.#known.delete(oldest);
    }
    this.#known.add(text);
  }
}
