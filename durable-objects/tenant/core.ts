import { err, ok, type Result } from "../../src/domain/result";
import { tenantObjectName } from "../../src/domain/tenant";
import type { Caller } from "../../src/domain/tenant-context";
import { routesOf, type EventRoute } from "../../src/domain/event-route";
import { requireTenant, TenantIsolationError } from "../../src/domain/tenant-isolation";
import { isMigrated, migrate } from "../migrate";
import { Admission, type Admitted } from "./admission";
import { Alarm, type AlarmPorts } from "./alarm";
import { Rotation, type RotationPorts } from "./rotation";
import type { Answer, KeyRefusal, TenantRefusal } from "./answer";
import { Archive, type ArchivePorts } from "./archive";
import { Backlog } from "./backlog";
import { Checkpoints } from "./checkpoints";
import { CommandQueue, type Synchronous } from "./command";
import { Credentials } from "./credentials";
import type { CustodyPorts } from "./custodian";
import { CustodyChange } from "./custody-change";
import { History } from "./history";
import { deliveriesNeedFrom } from "./operations/deliveries-need";
import { syncRoutes } from "./operations/event-routes";
import { Retention } from "./retention";
import { migrations } from "./schema";
import type { Seal } from "./seal";
import { Shredding, type ShreddingPorts } from "./shredding";
import { Stores } from "./stores";
import { Streams, type Heard } from "./streams";
import { TenantKeys } from "./tenant-keys";

/** What runs once a call is let in: synchronous, over the stores. */
type Step<T, R> = (admitted: Admitted, nowMs: number) => Result<T, R>;

/** The same for what reads or writes something sealed. */
type SealedStep<T, R> = (admitted: Admitted, nowMs: number, seal: Seal) => Result<T, R>;

/** What the composition root hands in. */
export interface TenantPorts extends AlarmPorts, RotationPorts, ShreddingPorts, ArchivePorts {
  readonly files: R2Bucket;
  readonly custody: CustodyPorts;
  readonly jobTtlMs: number;
  /** What the operator has configured for all tenants. */
  readonly routes: readonly EventRoute[];
  /** Entries that a sink may be behind before commands are put off. */
  readonly backlogMax: number;
}

/** The parts of one tenant's object, wired: tables, group commit, admission and alarm. */
export class TenantCore {
  readonly stores: Stores;
  readonly commands: CommandQueue;
  readonly credentials: Credentials;
  readonly admission: Admission;
  readonly keys: TenantKeys;
  readonly rotation: Rotation;
  readonly custody: CustodyChange;
  readonly alarm: Alarm;
  readonly history: History;
  readonly streams: Streams;
  readonly backlog: Backlog;
  readonly #ctx: DurableObjectState;
  /** Whether the operator's routes were looked at since the tenant was read. */
  #hasRoutes = false;

  constructor(ctx: DurableObjectState, ports: TenantPorts) {
    const { storage } = ctx;
    this.#ctx = ctx;
    this.stores = new Stores(storage.sql);
    this.streams = new Streams(ctx);
    this.backlog = new Backlog(this.stores.log, this.stores.sinks, ports.backlogMax);
    this.credentials = new Credentials(this.stores.credentials);
    this.admission = new Admission(this.stores.tenant, this.credentials, ports.jobTtlMs);
    this.commands = new CommandQueue(storage, {
      beforeCommit: () => {
        this.#alignRoutes(ports.routes);
        this.admission.persist();
        this.alarm.arm();
      },
      afterCommit: () => {
        this.streams.tell(() => this.#heard());
        if (this.stores.takeNews()) this.alarm.deliver();
      },
      afterRollback: () => {
        this.stores.log.forget();
        this.stores.endpoints.forget();
        this.stores.sinks.forget();
        this.stores.profiles.forget();
        this.alarm.forget();
        this.credentials.forget();
        this.keys.ring.forget();
        if (isMigrated(storage)) this.reload();
        else this.admission.forget();
      },
      abort: (reason) => ctx.abort(reason),
    });
    this.keys = new TenantKeys(this.stores, this.commands, ports.custody);
    this.rotation = new Rotation(ports, this.stores, this.commands, this.keys);
    this.custody = new CustodyChange(this.stores, this.commands, this.keys, this.rotation);
    const shredding = new Shredding(ports, this.stores, this.commands, this.keys);
    this.history = new History(ports, this.stores);
    const { stores, commands, admission, rotation } = this;
    const archive = new Archive(ports, stores, commands, this.keys);
    const holders = [() => deliveriesNeedFrom(stores)];
    const retention = new Retention(ports, stores, commands, this.keys, holders);
    const parts = {
      stores,
      commands,
      admission,
      rotation,
      shredding,
      archive,
      checkpoints: new Checkpoints(ports.files, stores, commands),
      retention,
      backlog: this.backlog,
    };
    this.alarm = new Alarm(storage, ports, parts);
    // An object that was never provisioned holds no rows: only one that has tables brings them up to date.
    if (isMigrated(storage)) {
      migrate(storage, migrations);
      this.reload();
      // Before any other command, so that no event goes by a configuration that is no more, or by none yet.
      if (ports.routes.length > 0 || this.stores.endpoints.count("route") > 0)
        this.commands.run(() => this.#alignRoutes(ports.routes)).catch(() => undefined);
    }
  }

  /** Makes the tables; inside the command that provisions, so that a refusal leaves the object empty. */
  createTables(): void {
    migrate(this.#ctx.storage, migrations);
  }

  /** Reads the tenant again. Tables that are another tenant's than the object's own name says serve nobody. */
  reload(): void {
    this.#hasRoutes = false;
    this.admission.reload();
    const { name } = this.#ctx.id;
    const tenantId = this.admission.tenant()?.tenantId;
    if (tenantId !== undefined && name !== undefined && name !== tenantObjectName(tenantId))
      throw new TenantIsolationError(tenantId, "the object's own tables");
  }

  /** Admits the caller and runs `step` as a command: its answer is given once its writes are durable. */
  async command<T, R>(caller: Caller, step: Step<T, R>): Promise<Answer<T, R>> {
    const { rate, entry } = this.#admitCommand(caller);
    if (!entry.ok) return { rate, outcome: entry };
    return { rate, outcome: await this.#inTurn(caller, step) };
  }

  /** A command that changes keys: what it changes is in force with the next call. */
  commandOnKeys<T, R>(caller: Caller, step: Step<T, R>): Promise<Answer<T, R>> {
    return this.command(caller, (admitted, nowMs) => {
      const outcome = step(admitted, nowMs);
      this.credentials.forget();
      return outcome;
    });
  }

  /** As `command`, with the tenant's keys: waits for them first, and is refused where they cannot be had. */
  async commandSealed<T, R>(caller: Caller, step: SealedStep<T, R>): Promise<Answer<T, R>> {
    const { rate, entry } = this.#admitCommand(caller);
    if (!entry.ok) return { rate, outcome: entry };
    const ready = await this.keys.ready(caller.tenantId);
    if (!ready.ok) return { rate, outcome: ready };
    return { rate, outcome: await this.#inTurn(caller, this.#withSeal(step)) };
  }

  /** Admits the caller and runs `step`, which writes nothing; but what support sees is written down. */
  async read<T, R>(caller: Caller, step: Step<T, R>): Promise<Answer<T, R>> {
    const nowMs = Date.now();
    const { rate, entry } = this.#admit(caller, nowMs);
    if (!entry.ok) return { rate, outcome: entry };
    return { rate, outcome: await this.#look(caller, entry.value, step, nowMs) };
  }

  /** As `read`, with the tenant's keys. */
  async readSealed<T, R>(caller: Caller, step: SealedStep<T, R>): Promise<Answer<T, R>> {
    const { rate, entry } = this.#admit(caller, Date.now());
    return { rate, outcome: entry.ok ? await this.#lookSealed(caller, entry.value, step) : entry };
  }

  /** As `readSealed`, for the next look of a caller that was admitted before: takes no token of its own. */
  async readOn<T, R>(caller: Caller, step: SealedStep<T, R>): Promise<Answer<T, R>> {
    const vouched = this.admission.vouch(caller, Date.now());
    return {
      rate: null,
      outcome: vouched.ok ? await this.#lookSealed(caller, vouched.value, step) : vouched,
    };
  }

  /** Admits the caller to something that is neither a command nor a look. */
  admit(caller: Caller): Answer<Admitted, never> {
    const { rate, entry } = this.#admit(caller, Date.now());
    return { rate, outcome: entry };
  }

  /** Whether a command of the caller would be let in, its rate aside. */
  vouch(caller: Caller): Answer<null, never> {
    const vouched = this.admission.vouch(caller, Date.now());
    return { rate: null, outcome: vouched.ok ? ok(null) : vouched };
  }

  /** The second half of a call that was admitted: takes no token of its own, and asks again whether work goes on. */
  async settle<T, R>(
    caller: Caller,
    step: (nowMs: number) => Result<T, R>,
  ): Promise<Result<T, R | TenantRefusal>> {
    return this.#run((): Result<T, R | TenantRefusal> => {
      const standing = this.admission.standing();
      if (standing !== "active") return err({ reason: standing });
      requireTenant(caller.tenantId, this.admission.tenant()?.tenantId ?? "", "the object that was called");
      return step(Date.now());
    });
  }

  /** Asks again who is let in: a suspension or a revocation may stand before the command in the queue. */
  #inTurn<T, R>(caller: Caller, step: Step<T, R>): Promise<Result<T, R | TenantRefusal>> {
    return this.#run((): Result<T, R | TenantRefusal> => {
      const nowMs = Date.now();
      const vouched = this.admission.vouch(caller, nowMs);
      return vouched.ok ? step(vouched.value, nowMs) : vouched;
    });
  }

  /** One look of somebody who was let in. What support sees is an entry in the tenant's log, made with the look. */
  async #look<T, R>(
    caller: Caller,
    admitted: Admitted,
    step: Step<T, R>,
    nowMs: number,
  ): Promise<Result<T, R | TenantRefusal>> {
    if (admitted.key?.isSupport === true)
      return this.#inTurn(caller, (again, atMs) => {
        this.stores.recordAccess("support.access", again.caller, atMs);
        return step(again, atMs);
      });
    // Should this commit fail, the key's next use asks for another.
    if (this.credentials.hasDueUse()) this.commands.run(() => undefined).catch(() => undefined);
    return step(admitted, nowMs);
  }

  async #lookSealed<T, R>(
    caller: Caller,
    admitted: Admitted,
    step: SealedStep<T, R>,
  ): Promise<Result<T, R | TenantRefusal>> {
    let current = admitted;
    if (!this.keys.ring.held(Date.now())) {
      const ready = await this.keys.ready(caller.tenantId);
      // Time has passed: a suspension or a revocation may stand before the answer.
      const again = ready.ok ? this.admission.vouch(caller, Date.now()) : ready;
      if (!again.ok) return again;
      current = again.value;
    }
    return this.#look(caller, current, this.#withSeal(step), Date.now());
  }

  #heard(): Heard {
    const { epoch, eventSeq } = this.stores.log.head();
    return { last: { epoch, eventSeq }, credentials: this.credentials.changes };
  }

  /** The keys were at hand when the call was queued; should they be gone by its turn, it is refused. */
  #withSeal<T, R>(step: SealedStep<T, R>): Step<T, R | KeyRefusal> {
    return (admitted, nowMs) => {
      const seal = this.keys.seal(admitted.tenant.tenantId, nowMs);
      return seal ? step(admitted, nowMs, seal) : err({ reason: "key_unavailable" });
    };
  }

  #run<T, R>(command: () => Result<T, R>): Promise<Result<T, R>> {
    return this.commands.run(command as () => Synchronous<Result<T, R>>);
  }

  /** What writes has to wait while the log is not carried off. */
  #admitCommand(caller: Caller): ReturnType<Admission["admit"]> {
    const admitted = this.#admit(caller, Date.now());
    if (!admitted.entry.ok || !this.backlog.isFull()) return admitted;
    // Nothing that would set the sinks going gets in any more: this does.
    this.alarm.wake().catch(() => undefined);
    return { rate: admitted.rate, entry: err({ reason: "backlog_full" }) };
  }

  #alignRoutes(routes: readonly EventRoute[]): void {
    const tenant = this.admission.tenant();
    if (this.#hasRoutes || !tenant) return;
    const isOver = tenant.status === "offboarded";
    syncRoutes(this.stores, isOver ? [] : routesOf(routes, tenant), Date.now());
    this.#hasRoutes = true;
  }

  #admit(caller: Caller, nowMs: number): ReturnType<Admission["admit"]> {
    const admitted = this.admission.admit(caller, nowMs);
    if (admitted.rate) this.alarm.watch(nowMs);
    return admitted;
  }
}
