import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import type { TenantCore } from "../../durable-objects/tenant/core";
import type { Segment } from "../../src/domain/log-segment";
import { segmentsOf } from "./archive";
import type { SealedTenant } from "./sealed-tenant";
import { eventually } from "./tenants";

/** Rings until all of the log is archived. */
export async function archived(sealed: SealedTenant): Promise<void> {
  await eventually(
    async () => {
      await sealed.inside(({ timers }) => timers.replace("archive", Date.now()));
      await runDurableObjectAlarm(sealed.stub);
      return sealed.inside(({ sinks, log }) => log.head().seq - sinks.cursor("archive").seq);
    },
    (behind) => behind === 0,
  );
}

/** What the archive holds, opened by the tenant's own keys. */
export const segments = (sealed: SealedTenant): Promise<readonly Segment[]> =>
  runInDurableObject(sealed.stub, async (object) => {
    const { core } = object as unknown as { core: TenantCore };
    const seal = await core.keys.readySeal(sealed.id);
    if (!seal.ok) throw new Error(seal.error.reason);
    return segmentsOf(sealed.id, seal.value);
  });

/** Asks for it, and rings until its certificate is complete. */
export async function shredded(sealed: SealedTenant, body: Record<string, unknown>): Promise<void> {
  const response = await sealed.operate("POST", "/shred", { reason: "A person asked for it.", ...body });
  if (!response.ok) throw new Error(await response.text());
  const { id } = await response.json<{ id: string }>();
  await eventually(
    async () => {
      await runDurableObjectAlarm(sealed.stub);
      return sealed.inside(({ shreds }) => shreds.find(id)?.completedAtMs ?? null);
    },
    (at) => at !== null,
  );
}

/** As the retention's step does it once everything is old: the object keeps its newest entry alone. */
export async function trimmed(sealed: SealedTenant): Promise<void> {
  await archived(sealed);
  await eventually(
    () => sealed.inside(({ sinks, log }) => log.head().seq - sinks.cursor("shard").seq),
    (behind) => behind === 0,
  );
  await sealed.inside(({ history, log }) => {
    const head = log.head();
    const bounds = { upTo: head, beforeMs: Date.now() + 1, keptRows: 1_000_000, limit: 10_000 };
    history.trim(bounds, head);
  });
}
