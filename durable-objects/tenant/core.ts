import type { Result } from "../../src/domain/result";
import { isMigrated, migrate } from "../migrate";
import { Admission, type Admitted } from "./admission";
import { Alarm, type AlarmPorts } from "./alarm";
import type { Answer, Caller } from "./answer";
import { CommandQueue, type Synchronous } from "./command";
import { migrations } from "./schema";
import { Stores } from "./stores";

/** What runs once a call is let in: synchronous, over the stores. */
type Step<T, R> = (admitted: Admitted, nowMs: number) => Result<T, R>;

/** What the composition root hands in. */
export interface TenantPorts extends AlarmPorts {
  readonly jobTtlMs: number;
}

/** The parts of one tenant's object, wired: tables, group commit, admission and alarm. */
export class TenantCore {
  readonly stores: Stores;
  readonly commands: CommandQueue;
  readonly admission: Admission;
  readonly alarm: Alarm;
  readonly #storage: DurableObjectStorage;

  constructor(ctx: DurableObjectState, ports: TenantPorts) {
    const { storage } = ctx;
    this.#storage = storage;
    this.stores = new Stores(storage.sql);
    this.admission = new Admission(this.stores.tenant, ports.jobTtlMs);
    this.commands = new CommandQueue(storage, {
      beforeCommit: () => {
        this.admission.persist();
        this.alarm.arm();
      },
      afterRollback: () => {
        this.stores.log.forget();
        this.alarm.forget();
        if (isMigrated(storage)) this.admission.reload();
        else this.admission.forget();
      },
      abort: (reason) => ctx.abort(reason),
    });
    this.alarm = new Alarm(storage, ports, this.stores, this.commands, this.admission);
    // An object that was never provisioned holds no rows: only one that has tables brings them up to date.
    if (isMigrated(storage)) {
      migrate(storage, migrations);
      this.admission.reload();
    }
  }

  /** Makes the tables; inside the command that provisions, so that a refusal leaves the object empty. */
  createTables(): void {
    migrate(this.#storage, migrations);
  }

  /** Admits the caller and runs `step` as a command: its answer is given once its writes are durable. */
  async command<T, R>(caller: Caller, step: Step<T, R>): Promise<Answer<T, R>> {
    const { rate, entry } = this.#admit(caller, Date.now());
    if (!entry.ok) return { rate, outcome: entry };
    const command = (): Result<T, R> => step(entry.value, Date.now());
    return { rate, outcome: await this.commands.run(command as () => Synchronous<Result<T, R>>) };
  }

  /** Admits the caller and runs `step`, which writes nothing. */
  read<T, R>(caller: Caller, step: Step<T, R>): Answer<T, R> {
    const nowMs = Date.now();
    const { rate, entry } = this.#admit(caller, nowMs);
    return { rate, outcome: entry.ok ? step(entry.value, nowMs) : entry };
  }

  #admit(caller: Caller, nowMs: number): ReturnType<Admission["admit"]> {
    const admitted = this.admission.admit(caller, nowMs);
    if (admitted.rate) this.alarm.watch(nowMs);
    return admitted;
  }
}
