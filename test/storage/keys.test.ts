import { describe, expect, it } from "vitest";
import { parseTenantId } from "../../src/domain/tenant-id";
import { fileKey, jobKey } from "../../src/storage/keys";

const TENANT = parseTenantId("t_acme")!;
const ID = "0192f0c1-2a3b-7c4d-8e5f-0123456789ab";

describe("R2 keys", () => {
  it("of a file begins with its tenant", () => {
    expect(fileKey(TENANT, ID, "catálogo 1.csv")).toBe(`t_acme/files/${ID}/catálogo 1.csv`);
  });

  it.each(["output.csv", "report.ndjson", "report.csv"] as const)(
    "of a job's %s begins with its tenant",
    (name) => {
      expect(jobKey(TENANT, ID, name)).toBe(`t_acme/jobs/${ID}/${name}`);
    },
  );

  it("cannot be made from a text that was not checked", () => {
    // @ts-expect-error -- an unchecked text is no TenantId
    fileKey("t_acme", ID, "a.csv");
    // @ts-expect-error -- an unchecked text is no TenantId
    jobKey("t_acme", ID, "output.csv");
  });
});
