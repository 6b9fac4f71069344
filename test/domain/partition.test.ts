import { describe, expect, it } from "vitest";
import { PARTITIONS, partitionOf } from "../../src/domain/partition";

describe("partitionOf", () => {
  // Pinned: a tenant's rows are where these said. A change here is a move of every tenant.
  it.each([
    ["t_acme", 5],
    ["t_globex", 4],
    ["t_0", 11],
    ["t_a_much_longer_tenant_name_of_forty_nine_characters", 3],
    ["t_ação", 18],
  ])("puts %s where it always was", (tenantId, partition) => {
    expect(partitionOf(tenantId)).toBe(partition);
  });

  it("spreads names that differ by a counter alone", () => {
    const counts = Array.from({ length: PARTITIONS }, () => 0);
    for (let i = 0; i < 32_000; i++) {
      const partition = partitionOf(`t_tenant_${i}`);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});
