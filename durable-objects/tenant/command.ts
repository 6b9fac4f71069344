/** A refused command is a value; a command that returns a promise would commit before its work is done. */
export type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

/** What the queue needs of a Durable Object's storage. */
export interface CommitStorage {
  transactionSync<T>(closure: () => T): T;
  sync(): Promise<void>;
}

export interface CommandHooks {
  /** Inside the batch's transaction, after its commands: what the batch as a whole must leave behind. */
  readonly beforeCommit: () => void;
  /** A batch is durable and answered. Must not throw. */
  readonly afterCommit: () => void;
  /** Something was rolled back: whatever is cached of the tables must be read again. */
  readonly afterRollback: () => void;
  /** The object can no longer be trusted and must be thrown away. */
  readonly abort: (reason: string) => void;
}

interface Pending {
  /** Runs the command and keeps its outcome; throws what the command throws. */
  readonly run: () => void;
  readonly settle: () => void;
  readonly reject: (error: unknown) => void;
}

/** Commands in one transaction: enough to share a commit, few enough that none waits long for its turn. */
const BATCH_MAX = 64;

/**
 * Group commit (DESIGN §2.4). Commands that arrive while a commit is being made durable share the next
 * transaction, each with its own outcome; an answer is given only once it is durable. A command that throws is a
 * bug: its batch is rolled back and every command of it runs again in a transaction of its own, so that the price
 * of keeping them apart is paid only then. A command may therefore run more than once, but only once to an end.
 */
export class CommandQueue {
  readonly #waiting: Pending[] = [];
  #draining = false;

  constructor(
    private readonly storage: CommitStorage,
    private readonly hooks: CommandHooks,
  ) {}

  /** Resolves when the command's writes are durable; rejects, with no trace left, if it throws. */
  run<T>(command: () => Synchronous<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let settle = () => {};
      const run = () => {
        const value = this.#refuseThenable(command());
        settle = () => resolve(value);
      };
      this.#waiting.push({ run, settle: () => settle(), reject });
      if (!this.#draining) void this.#drain();
    });
  }

  #refuseThenable<T>(value: T): T {
    if (typeof value === "object" && value !== null && "then" in value) {
      const reason = "A command returned a promise; commands are synchronous.";
      this.hooks.abort(reason);
      throw new TypeError(reason);
    }
    return value;
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX);
      if (batch.length > 1 && this.#transact(batch) === null) await this.#answer(batch);
      else for (const pending of batch) await this.#alone(pending);
    }
    this.#draining = false;
  }

  async #alone(pending: Pending): Promise<void> {
    const fault = this.#transact([pending]);
    if (fault === null) await this.#answer([pending]);
    else pending.reject(fault.error);
  }

  /** All of the batch in one transaction, or nothing of it and what it failed over. */
  #transact(batch: readonly Pending[]): { readonly error: unknown } | null {
    try {
      this.storage.transactionSync(() => {
        for (const { run } of batch) run();
        this.hooks.beforeCommit();
      });
      return null;
    } catch (error) {
      this.hooks.afterRollback();
      return { error };
    }
  }

  /** A commit that could not be made durable may stand all the same: it fails, and is not run again. */
  async #answer(batch: readonly Pending[]): Promise<void> {
    try {
      await this.storage.sync();
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const { settle } of batch) settle();
    this.hooks.afterCommit();
  }
}
