import { describe, expect, it } from "vitest";
import { parseTenantId } from "../../src/domain/tenant-id";
import { fileKey, jobKey, parseKey, segmentKey, tenantPrefix } from "../../src/storage/keys";

const TENANT = parseTenantId("t_acme")!;
const ID = "0192f0c1-2a3b-7c4d-8e5f-0123456789ab";

describe("R2 keys", () => {
  it("of a file begins with its tenant", () => {
    expect(fileKey(TENANT, ID, "catálogo 1.csv")).toBe(`t_acme/files/${ID}/catálogo 1.csv`);
  });

  it.each(["output.csv", "report.ndjson", "summary.json"] as const)(
    "of a job's %s begins with its tenant",
    (name) => {
      expect(jobKey(TENANT, ID, name)).toBe(`t_acme/jobs/${ID}/${name}`);
    },
  );

  it("of the log's segments stand in the order of the log", () => {
    const places = [
      [1, 1],
      [1, 9],
      [1, 10],
      [2, 3],
      [10, 1],
    ] as const;
    const keys = places.map(([epoch, seq]) => segmentKey(TENANT, epoch, seq));
    expect(keys[2]).toBe("t_acme/log/000000001-000000000000010.ndjson");
    expect([...keys].sort()).toEqual(keys);
  });

  it("of a tenant begin as no other tenant's do", () => {
    const longer = parseTenantId("t_acme_2")!;
    expect(tenantPrefix(TENANT)).toBe("t_acme/");
    expect(fileKey(longer, ID, "a.csv").startsWith(tenantPrefix(TENANT))).toBe(false);
  });

  it("cannot be made from a text that was not checked", () => {
    // @ts-expect-error -- an unchecked text is no TenantId
    fileKey("t_acme", ID, "a.csv");
    // @ts-expect-error -- an unchecked text is no TenantId
    jobKey("t_acme", ID, "output.csv");
  });
});

describe("a parsed R2 key", () => {
  it("names what it was made for", () => {
    for (const filename of ["a.csv", "catálogo 1.csv", "50% off.csv.gz", "jobs"])
      expect(parseKey(TENANT, fileKey(TENANT, ID, filename))).toEqual({ kind: "file", fileId: ID, filename });
    for (const artefact of ["output.csv", "report.ndjson", "summary.json"] as const)
      expect(parseKey(TENANT, jobKey(TENANT, ID, artefact))).toEqual({
        kind: "artefact",
        jobId: ID,
        artefact,
      });
    expect(parseKey(TENANT, segmentKey(TENANT, 2, 345))).toEqual({
      kind: "segment",
      epoch: 2,
      firstSeq: 345,
    });
  });

  it.each([
    "",
    "t_acme",
    "t_acme/",
    `t_acme/files/${ID}`,
    `t_acme/files/${ID}/`,
    `t_acme/files//a.csv`,
    `t_acme/files/${ID}/a/b.csv`,
    `t_acme/files/${ID}/a.csv/`,
    `t_acme/jobs/${ID}/other.csv`,
    `t_acme/jobs/${ID}/output.csv/1`,
    `t_acme/other/${ID}/a.csv`,
    "t_acme/log/1-1.ndjson",
    "t_acme/log/000000001-000000000000001.ndjson/",
    "t_acme/log/000000001-000000000000001.csv",
    "t_acme/log/x/000000001-000000000000001.ndjson",
    `t_acme//files/${ID}/a.csv`,
    `/t_acme/files/${ID}/a.csv`,
    `t_acme_2/files/${ID}/a.csv`,
    `t_acm/files/${ID}/a.csv`,
    `files/${ID}/a.csv`,
  ])("is null for %j", (key) => {
    expect(parseKey(TENANT, key)).toBeNull();
  });

  it("is null for another tenant's", () => {
    expect(parseKey(parseTenantId("t_emca")!, fileKey(TENANT, ID, "a.csv"))).toBeNull();
  });
});
