import type { SealedText } from "../../src/keys/key-custody";
import { isUnderWay, type KeyRotation, type RotationReason } from "../../src/domain/key-rotation";

export interface CustomerKey {
  readonly settings: SealedText;
  readonly wrapperId: string;
  /** False: it only opens what it has wrapped, until nothing of that is left. */
  readonly isInForce: boolean;
}

/** Owns the `key_state` table: what there is one of. It never opens a transaction: the caller composes. */
export class KeyStateStore {
  constructor(private readonly sql: SqlStorage) {}

  /** The rotation under way, or the last one. */
  rotation(): KeyRotation | null {
    return this.#find<KeyRotation>("rotation");
  }

  saveRotation(rotation: KeyRotation): void {
    this.#save("rotation", rotation);
  }

  /** Why another rotation is to begin as soon as none is under way; null: nobody asked for one. */
  wanted(): RotationReason | null {
    return this.#find<RotationReason>("wanted_rotation");
  }

  want(reason: RotationReason | null): void {
    this.#save("wanted_rotation", reason);
  }

  /** The customer's own key, in force or on its way out; null where the platform alone wraps. */
  customerKey(): CustomerKey | null {
    return this.#find<CustomerKey>("customer_key");
  }

  saveCustomerKey(key: CustomerKey | null): void {
    this.#save("customer_key", key);
  }

  #find<T>(name: string): T | null {
    const row = this.sql
      .exec<{ body: string }>(`SELECT body FROM key_state WHERE name = ?`, name)
      .toArray()[0];
    return row ? (JSON.parse(row.body) as T) : null;
  }

  #save(name: string, value: unknown): void {
    this.sql.exec(
      `INSERT INTO key_state (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body`,
      name,
      JSON.stringify(value),
    );
  }
}

/** A file was stored under a former version while its files are gone through: the pass may have been there before. */
export function noteLateFile(store: KeyStateStore, keyVersion: number): void {
  const rotation = store.rotation();
  if (isUnderWay(rotation) && keyVersion < rotation.toVersion && !rotation.hasLateFiles)
    store.saveRotation({ ...rotation, hasLateFiles: true });
}
