import type { EventPlace, Pass } from "../../src/domain/delivery-plan";
import type { Endpoint, EndpointKind } from "../../src/domain/webhook-endpoint";

/** Who delivers to an endpoint right now, and what it was given. */
export interface DeliveryLease {
  /** Exchanged at each step: who holds another is late. */
  readonly token: string;
  readonly expiresAtMs: number;
  /** Null until the work has begun. */
  readonly pass: (Pass & { readonly lookedTo: EventPlace }) | null;
}

export interface StoredEndpoint {
  readonly endpoint: Endpoint;
  readonly sealed: string | null;
  readonly cursor: EventPlace;
  readonly lease: DeliveryLease | null;
}

type EndpointRow = {
  id: string;
  kind: EndpointKind;
  body: string;
  sealed: string | null;
  cursor_epoch: number;
  cursor_event_seq: number;
  lease: string | null;
};

/** Owns the tables `endpoints` and `callbacks`. It never opens a transaction: the caller composes. */
export class EndpointStore {
  #isWaiting: boolean | null = null;

  constructor(private readonly sql: SqlStorage) {}

  /** Forgets what is cached; to be called whenever a write may have been rolled back. */
  forget(): void {
    this.#isWaiting = null;
  }

  /** Whether somebody waits for the tenant's next event: who is being delivered to sees it without being told. */
  isWaiting(): boolean {
    this.#isWaiting ??=
      this.sql
        .exec(
          `SELECT 1 FROM endpoints WHERE lease IS NULL AND body ->> '$.status' = 'enabled'
             AND (kind <> 'callbacks' OR EXISTS (SELECT 1 FROM callbacks)) LIMIT 1`,
        )
        .toArray().length > 0;
    return this.#isWaiting;
  }

  find(id: string): StoredEndpoint | undefined {
    return this.#read(`SELECT * FROM endpoints WHERE id = ?`, id)[0];
  }

  list(): StoredEndpoint[] {
    return this.#read(`SELECT * FROM endpoints ORDER BY id`);
  }

  insert({ endpoint, sealed, cursor }: Omit<StoredEndpoint, "lease">): void {
    this.#isWaiting = null;
    this.sql.exec(
      `INSERT INTO endpoints (id, kind, body, sealed, cursor_epoch, cursor_event_seq, lease)
       VALUES (?, ?, ?, ?, ?, ?, NULL)`,
      endpoint.id,
      endpoint.kind,
      JSON.stringify(endpoint),
      sealed,
      cursor.epoch,
      cursor.eventSeq,
    );
  }

  /** All of the row that its deliveries change, in one write. */
  save({ endpoint, cursor, lease }: Omit<StoredEndpoint, "sealed">): void {
    this.#isWaiting = null;
    this.sql.exec(
      `UPDATE endpoints SET body = ?, cursor_epoch = ?, cursor_event_seq = ?, lease = ? WHERE id = ?`,
      JSON.stringify(endpoint),
      cursor.epoch,
      cursor.eventSeq,
      lease && JSON.stringify(lease),
      endpoint.id,
    );
  }

  saveSealed(id: string, sealed: string | null): void {
    this.sql.exec(`UPDATE endpoints SET sealed = ? WHERE id = ?`, sealed, id);
  }

  saveLease(id: string, lease: DeliveryLease | null): void {
    this.#isWaiting = null;
    this.sql.exec(`UPDATE endpoints SET lease = ? WHERE id = ?`, lease && JSON.stringify(lease), id);
  }

  delete(id: string): void {
    this.#isWaiting = null;
    this.sql.exec(`DELETE FROM endpoints WHERE id = ?`, id);
  }

  count(kind: EndpointKind): number {
    return this.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM endpoints WHERE kind = ?`, kind).one().n;
  }

  addCallback(jobId: string): void {
    this.#isWaiting = null;
    this.sql.exec(`INSERT INTO callbacks (job_id) VALUES (?) ON CONFLICT DO NOTHING`, jobId);
  }

  hasCallback(jobId: string): boolean {
    return this.sql.exec(`SELECT 1 FROM callbacks WHERE job_id = ?`, jobId).toArray().length > 0;
  }

  hasCallbacks(): boolean {
    return this.sql.exec(`SELECT 1 FROM callbacks LIMIT 1`).toArray().length > 0;
  }

  endCallback(jobId: string): void {
    this.#isWaiting = null;
    this.sql.exec(`DELETE FROM callbacks WHERE job_id = ?`, jobId);
  }

  eraseAll(): void {
    this.#isWaiting = null;
    this.sql.exec(`DELETE FROM endpoints`);
    this.sql.exec(`DELETE FROM callbacks`);
  }

  #read(query: string, ...bindings: SqlStorageValue[]): StoredEndpoint[] {
    return this.sql
      .exec<EndpointRow>(query, ...bindings)
      .toArray()
      .map((row) => ({
        endpoint: JSON.parse(row.body) as Endpoint,
        sealed: row.sealed,
        cursor: { epoch: row.cursor_epoch, eventSeq: row.cursor_event_seq },
        lease: row.lease === null ? null : (JSON.parse(row.lease) as DeliveryLease),
      }));
  }
}
