/** Characters kept at most: a page of jobs asked for again and again is opened once. */
const MAX_CHARS = 512 * 1024;

/**
 * What was opened lately, in memory alone. A text is found only under the very row and sealed text that it was opened
 * from, so that nothing moved to another row is ever answered from here.
 */
export class OpenedTexts {
  readonly #texts = new Map<string, { readonly sealed: string; readonly plain: string }>();
  #chars = 0;

  find(row: string, sealed: string): string | undefined {
    const known = this.#texts.get(row);
    return known?.sealed === sealed ? known.plain : undefined;
  }

  keep(row: string, sealed: string, plain: string): void {
    this.#drop(row);
    this.#texts.set(row, { sealed, plain });
    this.#chars += sealed.length + plain.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#chars <= MAX_CHARS) return;
      this.#drop(oldest);
    }
  }

  /** To be called when a key ends: what it opened goes with it. */
  clear(): void {
    this.#texts.clear();
    this.#chars = 0;
  }

  #drop(row: string): void {
    const known = this.#texts.get(row);
    if (!known) return;
    this.#texts.delete(row);
    this.#chars -= known.sealed.length + known.plain.length;
  }
}
