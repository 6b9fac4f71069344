import type { BenchEdge } from "./bench-edges.ts";
import type { Effort } from "./http-rows.ts";
import { call } from "./passes.ts";
import type { BenchRow, Goal } from "./result.ts";
import { interleave, median, ratioOf, type Sides } from "./rounds.ts";
import { PRIVATE_MEMBERS } from "./sealing-rows.ts";

const NAME = "relay_vs_json_each";
const REFERENCE = "the events alone by INSERT ... SELECT from json_each";
const TENANT = "t_relay";
const WRITER = "t_relay_copy";
const JOBS = 1_000;
/** The relay's own batch; and the largest that the projection is made for. */
const BATCH_ENTRIES = 200;
const LARGEST_BATCH = 500;
const GOALS: Goals = { ratio: { atLeast: 0.7 }, perSecond: { atLeast: 5_000 } };
/** For what the product does not do. */
const NO_GOALS: Goals = { ratio: null, perSecond: null };

interface Goals {
  readonly ratio: Goal | null;
  readonly perSecond: Goal | null;
}

/**
 * The log of a thousand jobs (submitted with sealed members, started, progress, succeeded; many in work at a time) into
 * a shard's read model, in events a second: the projection by itself, and the whole relay from the object's alarm to the
 * caught-up cursor. The reference is given the same events in the same batches, and has no job to keep up to date.
 */
export async function relayVsJsonEach(edge: BenchEdge, effort: Effort): Promise<BenchRow[]> {
  const { events } = await filledLog(edge);
  effort.say(`${NAME}: a log of ${events} events`);
  const written = async (by: string, batch: number): Promise<number> => {
    const start = performance.now();
    await call(`${edge.url}/shard/write?by=${by}&tenant=${WRITER}&batch=${batch}`);
    const seconds = (performance.now() - start) / 1000;
    await call(`${edge.url}/shard/forget?tenant=${WRITER}`);
    return events / seconds;
  };
  const relayed = async (): Promise<number> =>
    events / ((await call<{ tookMs: number }>(`${edge.url}/shard/relay?tenant=${TENANT}`)).tookMs / 1000);
  const sides = (batch: number, measured: () => Promise<number>): Sides => ({
    measured: () => edge.idle().then(measured),
    reference: () => edge.idle().then(() => written("json-each", batch)),
  });
  const projection = (batch: number): Sides => sides(batch, () => written("projection", batch));

  return [
    ...(await rowsOf(`projection, ${BATCH_ENTRIES} a batch`, projection(BATCH_ENTRIES), GOALS, effort)),
    ...(await rowsOf(`projection, ${LARGEST_BATCH} a batch`, projection(LARGEST_BATCH), NO_GOALS, effort)),
    ...(await rowsOf("alarm to caught-up", sides(BATCH_ENTRIES, relayed), GOALS, effort)),
  ];
}

async function filledLog({ url, tenantAt }: BenchEdge): Promise<{ events: number }> {
  const { base, token, submitBody } = await tenantAt("/relay", TENANT);
  // With a callback there would be somebody to tell of each job.
  const { callback_url: _told, ...members } = PRIVATE_MEMBERS;
  await call(`${base}/v1/jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ ...(JSON.parse(submitBody) as object), ...members }),
  });
  return call(`${url}/shard/fill?tenant=${TENANT}&jobs=${JOBS}`);
}

/** The ratio, and the events a second by themselves. Both sides run once before anything counts. */
async function rowsOf(
  what: string,
  sides: Sides,
  goals: Goals,
  { rounds, say }: Effort,
): Promise<BenchRow[]> {
  await sides.reference();
  await sides.measured();
  // A pass takes a fraction of a second, so there can be more of them.
  const done = await interleave(sides, rounds * 3);
  const value = ratioOf(done);
  const perSecond = Math.round(median(done.map(({ measured }) => measured)));
  say(`${NAME}, ${what}: ${value.median.toFixed(2)} (${value.min.toFixed(2)}..${value.max.toFixed(2)})`);
  const row = { name: NAME, what, unit: "events/s" };
  return [
    { ...row, reference: REFERENCE, value, goal: goals.ratio, rounds: done },
    { ...row, reference: "", value: perSecond, goal: goals.perSecond, rounds: [] },
  ];
}
