import { err, ok, type Result } from "../domain/result";
import type { KeyWrapper, WrapContext, WrapFault } from "./key-wrapper";

/** As it is stored: the text, and who can open it. */
export interface WrappedKey {
  readonly wrapperId: string;
  readonly text: string;
}

/** The wrappers in force: the first wraps, any unwraps what bears its id. */
export class Wrappers {
  readonly #wrappers: ReadonlyMap<string, KeyWrapper>;
  readonly #first: KeyWrapper;

  constructor(wrappers: readonly [KeyWrapper, ...KeyWrapper[]]) {
    [this.#first] = wrappers;
    this.#wrappers = new Map(wrappers.map((wrapper) => [wrapper.id, wrapper]));
    if (this.#wrappers.size !== wrappers.length) throw new Error("Two key wrappers have the same id.");
  }

  /** Who wraps now; a key that bears another id is due to be wrapped anew. */
  get currentId(): string {
    return this.#first.id;
  }

  /** The same with another in front, as for a tenant that holds its own key. */
  preferring(wrapper: KeyWrapper): Wrappers {
    const others = [...this.#wrappers.values()].filter(({ id }) => id !== wrapper.id);
    return new Wrappers([wrapper, ...others]);
  }

  /** The same with another behind all others: it opens what it has wrapped, and wraps nothing. */
  alsoOpening(wrapper: KeyWrapper): Wrappers {
    const others = [...this.#wrappers.values()].filter(({ id }) => id !== wrapper.id);
    return new Wrappers([this.#first, ...others.filter((one) => one !== this.#first), wrapper]);
  }

  /**
   * Also opens what it has wrapped: a right to encrypt without one to decrypt would be noticed only once the key is
   * needed and gone.
   */
  async wrap(context: WrapContext, key: Uint8Array): Promise<Result<WrappedKey, WrapFault>> {
    const text = await this.#first.wrap(context, key);
    if (!text.ok) return text;
    const opened = await this.#first.unwrap(context, text.value);
    if (!opened.ok) return opened;
    const isSame = opened.value.every((byte, at) => byte === key[at]);
    opened.value.fill(0);
    return isSame ? ok({ wrapperId: this.#first.id, text: text.value }) : err("refused");
  }

  async unwrap(
    context: WrapContext,
    { wrapperId, text }: WrappedKey,
  ): Promise<Result<Uint8Array, WrapFault>> {
    const wrapper = this.#wrappers.get(wrapperId);
    return wrapper ? wrapper.unwrap(context, text) : err("refused");
  }
}
