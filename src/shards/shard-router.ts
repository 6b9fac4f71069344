/** The physical databases there are, by the name of their static binding. */
export const SHARD_NAMES = ["SHARD_0", "SHARD_1", "SHARD_2", "SHARD_3"] as const;
export type ShardName = (typeof SHARD_NAMES)[number];

const isShardName = (name: string): name is ShardName => SHARD_NAMES.some((known) => known === name);

/** The database of a stored assignment. An unknown name is a deployment fault: rows go nowhere rather than elsewhere. */
export function shardNamed(shards: Readonly<Record<ShardName, D1Database>>, name: string): D1Database {
  if (!isShardName(name)) throw new Error(`No shard is bound as ${name}.`);
  return shards[name];
}
