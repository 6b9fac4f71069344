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
  /** Something was rolled back: whatever is cached of the tables must be read again. */
  readonly afterRollback: () => void;
  /** The object can no longer be trusted and must be thrown away. */
  readonly abort: (reason: string) => void;
}

interface Pending {
  readonly run: () => void;
  readonly settle: () => void;
  readonly reject: (error: unknown) => void;
}

/** Commands in one transaction: enough to share a commit, few enough that none waits long for its turn. */
const BATCH_MAX = 64;

/**
 * Group commit (DESIGN §2.4). Commands that arrive while a commit is being made durable share the next
 * transaction, each in its own savepoint with its own outcome; an answer is given only once it is durable.
 */
export class CommandQueue {
  readonly #waiting: Pending[] = [];
  #draining = false;

  constructor(
    private readonly storage: CommitStorage,
    private readonly hooks: CommandHooks,
  ) {}

  /** Runs `command` in a savepoint. Resolves when its writes are durable; rejects, with no trace left, if it throws. */
  run<T>(command: () => Synchronous<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let settle = () => {};
      const run = () => {
        try {
          const value = this.storage.transactionSync(() => this.#refuseThenable(command()));
          settle = () => resolve(value);
        } catch (error) {
          this.hooks.afterRollback();
          settle = () => reject(error);
        }
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
      try {
        this.storage.transactionSync(() => {
          for (const { run } of batch) run();
          this.hooks.beforeCommit();
        });
        await this.storage.sync();
        for (const { settle } of batch) settle();
      } catch (error) {
        this.hooks.afterRollback();
        for (const { reject } of batch) reject(error);
      }
    }
    this.#draining = false;
  }
}
