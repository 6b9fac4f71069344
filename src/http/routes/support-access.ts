import { Hono } from "hono";
import * as z from "zod";
import { pageOf } from "../../domain/page";
import { isUuidV7 } from "../../domain/uuid";
import { noRefusal, unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { query } from "../json-body";
import { tenantOperation } from "../operation";
import { presentSupportAccess } from "../present-key";
import { Problem } from "../problem";
import { reply, replyJson } from "../reply";

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().refine(isUuidV7, "This is not a cursor of this list.").optional(),
});

/** What the tenant sees of the operator's support, and can end. */
export const supportAccess = new Hono<TenantEnv>()
  .get(
    "/support-access",
    tenantOperation({
      id: "listSupportAccess",
      summary: "Who of the operator may look at this tenant, why, and until when",
      scope: "audit:read",
      query: ListQuery,
      success: { 200: "A page of support grants, newest first" },
    }),
    async (c) => {
      const { limit, cursor } = query(c.req.url, ListQuery);
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.listKeys(caller, "support", { limit, after: cursor ?? null }),
      );
      const { rows, nextCursor } = pageOf(unwrap(c, answer, noRefusal), limit);
      return replyJson(c, {
        data: rows.map((key) => presentSupportAccess(key, Date.now())),
        meta: { limit, next_cursor: nextCursor },
      });
    },
  )

  .delete(
    "/support-access/:accessId",
    tenantOperation({
      id: "endSupportAccess",
      summary: "Ends a support grant before its time",
      scope: "keys:write",
      success: { 204: "It has ended" },
      problems: ["not_found"],
    }),
    async (c) => {
      const accessId = c.req.param("accessId");
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.endSupport(caller, accessId),
      );
      unwrap(c, answer, () => new Problem("not_found", "There is no support access with this id."));
      return reply(c, null, 204);
    },
  );
