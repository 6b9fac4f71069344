import { Tenant } from "../../../../durable-objects/tenant";
import type { StoredJob } from "../../../../durable-objects/tenant/job-store";
import type { HeldKeys } from "../../../../durable-objects/tenant/key-ring";
import { OpenedTexts } from "../../../../durable-objects/tenant/opened-texts";
import { Seal, withMembers, type SealedMembers } from "../../../../durable-objects/tenant/seal";
import type { OpenJob, PrivateMembers } from "../../../../src/domain/job";
import type { JsonText } from "../../../../src/domain/json-text";
import type { TenantId } from "../../../../src/domain/tenant-id";
import type { Env } from "../../../../src/env";

const NAMES = ["seller_id", "callback_url", "metadata"];

/**
 * The product's object as it would be if jobs were not sealed: no key is looked up, what a client says of a job rests
 * as text in the same places, and its seller is found by name. Files stay sealed.
 */
export class ClearTenant extends Tenant {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { keys } = this.core;
    const { ring } = keys;
    const held = ring.held.bind(ring);
    let known: HeldKeys | null = null;
    let seal: Seal | null = null;
    Object.assign(ring, { held: (nowMs: number) => (known ??= held(nowMs)) });
    Object.assign(keys, {
      seal: (tenantId: TenantId, nowMs: number) => (seal ??= sealNothing(tenantId, ring.held(nowMs))),
    });
  }
}

const sealNothing = (tenantId: TenantId, held: HeldKeys | null): Seal | null =>
  held && new ClearSeal(tenantId, held, new OpenedTexts(), () => undefined);

class ClearSeal extends Seal {
  override sealMembers(_jobId: string, members: PrivateMembers): SealedMembers {
    return { text: JSON.stringify(members), salt: "", names: NAMES };
  }

  override openJob({ body, sealed }: StoredJob): JsonText<OpenJob> {
    return withMembers(body, sealed ?? "{}");
  }

  override sellerIndex(sellerId: string | null): string | null {
    return sellerId;
  }
}
