import { describe, expect, it } from "vitest";
import { announce, send, urlOf, type Announced } from "../support/multipart";
import { freshTenant } from "../support/tenants";

describe("any edit of a part's, a completing or an aborting link", () => {
  it("answers 403 with the same body", async () => {
    const tenant = await freshTenant();
    const announced = await announce(tenant);
    const other = await announce(await freshTenant());
    const upload = (of: Announced) => new URL(of.abort_url).searchParams.get("upload") ?? "";
    const links = [
      ["PUT", urlOf(announced, 3), urlOf(announced, 2)],
      ["POST", announced.complete_url, announced.abort_url],
      ["POST", announced.abort_url, announced.complete_url],
    ] as const;
    const bodies = new Set<string>();
    const refuse = async (method: string, url: string) => {
      const response = await send(url, { method, ...(method === "PUT" && { body: "1234567" }) });
      expect({ method, url, status: response.status }).toEqual({ method, url, status: 403 });
      const text = await response.text();
      if (text === "") return;
      const { request_id: _id, timestamp: _time, instance: _at, ...body } = JSON.parse(text);
      bodies.add(JSON.stringify(body));
    };
    for (const [method, url, sibling] of links) {
      const signature = new URL(url).searchParams.get("signature") ?? "";
      const edits = [
        url.replace(tenant.id, new URL(other.abort_url).pathname.split("/")[3] ?? ""),
        url.replace(announced.file_id, other.file_id),
        url.replace(upload(announced), upload(other)),
        url.replace("part=3", "part=2"),
        url.replace("size=7", "size=8"),
        url.replace(/part_size=\d+/, "part_size=5242880"),
        url.replace("action=abort", "action=complete"),
        url.replace("action=complete", "action=abort"),
        url.replace(/&action=\w+/, ""),
        url.replace(/&part=\d+/, ""),
        url.replace(/&upload=[^&]+/, ""),
        url.replace(/expires=\d+/, "expires=9999999999"),
        url.replace("epoch=1", "epoch=2"),
        url.replace("a%20b", "b%20a"),
        `${url}&x=1`,
        `${url}&part=1`,
        url.replace(signature, new URL(sibling).searchParams.get("signature") ?? ""),
        url.replace(/&signature=.*/, ""),
      ].filter((edited) => edited !== url);
      expect(edits.length).toBeGreaterThan(11);
      for (const edited of edits) await refuse(method, edited);
      for (const verb of ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"])
        if (verb !== method) await refuse(verb, url);
    }
    expect([...bodies]).toHaveLength(1);
  });
});
