import { randomBytes } from "node:crypto";
import type { TenantId } from "../domain/tenant-id";
import { KEY_BYTES, type WrapContext } from "./key-wrapper";

/**
 * Keeps one half of every tenant key apart from all that is backed up, restored or rewound. Destroying it is what
 * makes older copies of a tenant's data unreadable, its wrapped keys included: neither the holder of the root key
 * nor that of the recovery key can open them without.
 */
export interface KeyVault {
  /**
   * The half of a version that has none yet. `taken`: it has, so that its number stands for another key; `shredded`:
   * none is ever made for this tenant again. Throws when out of reach.
   */
  create(context: WrapContext): Promise<Uint8Array | "taken" | "shredded">;
  /** Null once it was destroyed. Throws when out of reach. */
  read(context: WrapContext): Promise<Uint8Array | null>;
  /** For good. Harmless when it is gone already. */
  destroy(context: WrapContext): Promise<void>;
  /** Destroys every half of the tenant; none is ever made for it again. Harmless when repeated. */
  shred(tenantId: TenantId): Promise<void>;
}

/** R2 keeps no former versions: what is deleted is gone, and what is written is read at once. */
export class R2KeyVault implements KeyVault {
  constructor(private readonly bucket: R2Bucket) {}

  async create(context: WrapContext): Promise<Uint8Array | "taken" | "shredded"> {
    const half = randomBytes(KEY_BYTES);
    const made = await this.bucket.put(halfOf(context), half, { onlyIf: { etagDoesNotMatch: "*" } });
    // Looked for afterwards: a shredding that begins in between finds the half, or has left its mark by now.
    if ((await this.bucket.head(tombstone(context.tenantId))) === null) return made ? half : "taken";
    await this.destroy(context);
    return "shredded";
  }

  async read(context: WrapContext): Promise<Uint8Array | null> {
    const found = await this.bucket.get(halfOf(context));
    return found && new Uint8Array(await found.arrayBuffer());
  }

  async destroy(context: WrapContext): Promise<void> {
    await this.bucket.delete(halfOf(context));
  }

  async shred(tenantId: TenantId): Promise<void> {
    await this.bucket.put(tombstone(tenantId), "");
    for (;;) {
      const { objects } = await this.bucket.list({ prefix: `${tenantId}/` });
      if (objects.length === 0) return;
      await this.bucket.delete(objects.map(({ key }) => key));
    }
  }
}

const halfOf = ({ tenantId, version }: WrapContext): string => `${tenantId}/${version}`;
/** Apart from the halves: no tenant's id has a dot. */
const tombstone = (tenantId: TenantId): string => `shredded.${tenantId}`;
