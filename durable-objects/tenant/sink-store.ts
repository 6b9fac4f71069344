/** How far a sink has followed the log, and how often in a row it has failed since. */
export interface SinkCursor {
  readonly epoch: number;
  readonly seq: number;
  readonly failures: number;
}

/** Owns the `sinks` table: the object's copy of each sink's cursor. It never opens a transaction. */
export class SinkStore {
  readonly #cursors = new Map<string, SinkCursor>();

  constructor(private readonly sql: SqlStorage) {}

  /** Forgets what is cached; to be called whenever a write may have been rolled back. */
  forget(): void {
    this.#cursors.clear();
  }

  /** Kept in memory: every command asks how far the sinks are. */
  cursor(sink: string): SinkCursor {
    const known = this.#cursors.get(sink) ?? this.#read(sink);
    this.#cursors.set(sink, known);
    return known;
  }

  #read(sink: string): SinkCursor {
    const row = this.sql
      .exec<{
        epoch: number;
        seq: number;
        failures: number;
      }>(`SELECT epoch, seq, failures FROM sinks WHERE sink = ?`, sink)
      .toArray()[0];
    return row ?? { epoch: 0, seq: 0, failures: 0 };
  }

  save(sink: string, cursor: SinkCursor): void {
    this.#cursors.delete(sink);
    this.sql.exec(
      `INSERT INTO sinks (sink, epoch, seq, failures) VALUES (?, ?, ?, ?)
       ON CONFLICT (sink) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, failures = excluded.failures`,
      sink,
      cursor.epoch,
      cursor.seq,
      cursor.failures,
    );
  }
}
