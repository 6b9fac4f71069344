import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { SealedTenant } from "../support/sealed-tenant";
import { feed, happen } from "../support/webhooks";
import { eventually } from "../support/tenants";

/** The platform gives an alarm up once it has thrown seven times. */
const RINGS = 10;

const inShards = async (tenantId: string): Promise<string[]> => {
  const shards = [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3];
  const found = await Promise.all(
    shards.map((shard) =>
      shard
        .prepare(`SELECT id FROM events WHERE tenant_id = ? ORDER BY epoch, seq`)
        .bind(tenantId)
        .all<{ id: string }>(),
    ),
  );
  return found.flatMap(({ results }) => results.map(({ id }) => id));
};

it("a shard that is gone for longer than an alarm is tried again gets everything once it is back", async () => {
  const sealed = await SealedTenant.fresh();
  const { tenant } = sealed;
  const shard = await sealed.inside((_stores, sql) => {
    const { name } = sql.exec<{ name: string }>(`SELECT shard AS name FROM tenant`).one();
    sql.exec(`UPDATE tenant SET shard = 'NO_SUCH_SHARD'`);
    return name;
  });
  await evictDurableObject(sealed.stub);
  await happen(tenant, 3);
  for (let ring = 0; ring < RINGS; ring++) {
    const isArmed = await sealed.inside(({ timers }) => {
      timers.replace("relay", Date.now());
      return timers.nextMs() !== null;
    });
    expect(isArmed).toBe(true);
    await runDurableObjectAlarm(sealed.stub);
    expect(await sealed.inside(({ timers }) => timers.nextMs())).toBeGreaterThan(0);
  }
  expect((await tenant.call("GET", "/v1/events")).status).toBe(200);

  await sealed.inside((_stores, sql) => sql.exec(`UPDATE tenant SET shard = ?`, shard).toArray());
  await evictDurableObject(sealed.stub);
  await happen(tenant);
  const wanted = (await feed(tenant)).map(({ id }) => id);
  const arrived = await eventually(
    async () => {
      await sealed.inside(({ timers }) => timers.replace("relay", Date.now()));
      await runDurableObjectAlarm(sealed.stub);
      return inShards(tenant.id);
    },
    (ids) => ids.length >= wanted.length,
  );
  expect(arrived).toEqual(wanted);
});
