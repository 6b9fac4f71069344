import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { SHARD_NAMES, shardNamed } from "../../src/shards/shard-router";

describe("shardNamed", () => {
  it.each(SHARD_NAMES)("gives the database bound as %s", (name) => {
    expect(shardNamed(env, name)).toBe(env[name]);
  });

  it.each(["SHARD_99", "DIRECTORY", "", "toString"])("refuses %j, which names no shard", (name) => {
    expect(() => shardNamed(env, name)).toThrow("No shard is bound");
  });
});
