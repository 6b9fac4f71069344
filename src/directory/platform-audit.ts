import { and, desc, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { pageOf } from "../domain/page";
import { deadLetters, platformAudit, revokedTokens } from "./schema";

/** What operators and the platform did that belongs to no tenant's own log. */
export type PlatformAuditType =
  | "operator.tenants_listed"
  | "operator.audit_read"
  | "operator.dead_letters_read"
  | "operator.overdue_keys_read"
  | "operator.swept"
  | "operator.token_revoked"
  | "queue.message_refused";

export interface PlatformEntry {
  /** Chosen by the writer: the same entry written twice is kept once. */
  readonly id: string;
  readonly type: PlatformAuditType;
  readonly actorId: string;
  /** What it was done to, such as `queue:jobs-standard`. */
  readonly subject: string;
  readonly requestId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Letter {
  readonly id: string;
  readonly queue: string;
  readonly reason: string;
  readonly body: string;
}

/** The platform's own records in the control database: its audit, its dead letters, its revoked operator tokens. */
export class PlatformAudit {
  readonly #db;

  constructor(db: D1Database) {
    this.#db = drizzle(db);
  }

  async record(entry: PlatformEntry, nowMs: number): Promise<void> {
    await this.#db
      .insert(platformAudit)
      .values({ ...entry, timeMs: nowMs })
      .onConflictDoNothing();
  }

  /** Newest first; the cursor is the last id of the page before. */
  async list(page: { readonly limit: number; readonly cursor: string | null }) {
    const rows = await this.#db
      .select()
      .from(platformAudit)
      .where(page.cursor === null ? undefined : lt(platformAudit.id, page.cursor))
      .orderBy(desc(platformAudit.id))
      .limit(page.limit + 1);
    return pageOf(rows, page.limit);
  }

  /** The letter and the audit entry about it, in one transaction. The same letter again changes nothing. */
  async keepDeadLetter(letter: Letter, entryId: string, nowMs: number): Promise<void> {
    const { id, queue, reason, body } = letter;
    const entry = sql`SELECT ${entryId}, ${nowMs}, 'queue.message_refused', 'platform', ${`queue:${queue}`}, NULL,
      json_object('message_id', ${id}, 'reason', ${reason})
      WHERE NOT EXISTS (SELECT 1 FROM ${deadLetters} WHERE ${deadLetters.id} = ${id})`;
    await this.#db.batch([
      this.#db.insert(platformAudit).select(entry),
      this.#db.insert(deadLetters).values({ id, queue, reason, body, timeMs: nowMs }).onConflictDoNothing(),
    ]);
  }

  /** By id; the cursor is the last id of the page before. */
  async deadLetters(page: { readonly limit: number; readonly cursor: string | null }) {
    const rows = await this.#db
      .select()
      .from(deadLetters)
      .where(page.cursor === null ? undefined : gt(deadLetters.id, page.cursor))
      .orderBy(deadLetters.id)
      .limit(page.limit + 1);
    return pageOf(rows, page.limit);
  }

  /** `expiresAtMs`: when the token has ended by itself, leeway included; null keeps the revocation for good. */
  async revokeToken(tokenId: string, expiresAtMs: number | null, nowMs: number): Promise<void> {
    await this.#db
      .insert(revokedTokens)
      .values({ tokenId, timeMs: nowMs, expiresAtMs })
      .onConflictDoUpdate({
        target: revokedTokens.tokenId,
        // Said again it never ends earlier: for good is for good.
        set: {
          expiresAtMs: sql`CASE WHEN expires_at_ms IS NULL OR excluded.expires_at_ms IS NULL THEN NULL
            ELSE MAX(expires_at_ms, excluded.expires_at_ms) END`,
        },
      });
  }

  async isRevoked(tokenId: string, nowMs: number): Promise<boolean> {
    const row = await this.#db
      .select({ tokenId: revokedTokens.tokenId })
      .from(revokedTokens)
      .where(
        and(
          eq(revokedTokens.tokenId, tokenId),
          or(isNull(revokedTokens.expiresAtMs), gt(revokedTokens.expiresAtMs, nowMs)),
        ),
      )
      .get();
    return row !== undefined;
  }
}
