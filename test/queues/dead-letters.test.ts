import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PlatformAudit } from "../../src/directory/platform-audit";
import { jobMessage } from "../support/callers";
import { eventually, freshTenant, request } from "../support/tenants";
import { adminToken } from "../support/tokens";

describe("a message that was altered on its way", () => {
  it("goes through the real queues to the dead letters and the audit, and touches no tenant", async () => {
    const tenant = await freshTenant();
    const victim = await freshTenant();
    const good = jobMessage(tenant.id, crypto.randomUUID(), crypto.randomUUID());
    const altered = { ...good, context: { ...good.context, tenantId: victim.id } };
    await env.JOBS_STANDARD.send(altered);

    interface Letter {
      readonly id: string;
      readonly queue: string;
      readonly reason: string;
      readonly body: string;
    }
    const token = await adminToken();
    const letter = await eventually(
      async () => {
        const answer = await request("GET", "/admin/v1/dead-letters?limit=100", { token });
        const { data } = await answer.json<{ data: Letter[] }>();
        return data.find(({ body }) => body.includes(altered.jobId));
      },
      (found) => found !== undefined,
    );
    expect(letter).toMatchObject({ queue: "jobs-standard", reason: "The message's context was altered." });
    expect(JSON.parse(letter?.body ?? "")).toEqual(altered);
    const entries = (await new PlatformAudit(env.DIRECTORY).list({ limit: 100, cursor: null })).rows;
    expect(entries.filter(({ data }) => data["message_id"] === letter?.id)).toHaveLength(1);
    for (const each of [tenant, victim]) {
      const { data } = await each.json<{ data: { type: string }[] }>("GET", "/v1/events");
      expect(data.map(({ type }) => type)).toEqual(["tenant.provisioned"]);
    }
  });
});
