import { Hono } from "hono";
import * as z from "zod";
import { PlatformAudit } from "../../directory/platform-audit";
import type { OperatorEnv } from "../context";
import { query } from "../json-body";
import { operatorOperation } from "../operation";
import { rfc3339 } from "../present";
import { replyJson } from "../reply";
import { inDirectory, recordOperator } from "./operator-caller";

const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(128).optional(),
});

/** What belongs to no tenant: the platform's own audit, and the messages that nobody acted on. */
export const platform = new Hono<OperatorEnv>()
  .get(
    "/audit",
    operatorOperation({
      id: "listPlatformAudit",
      summary: "What operators and the platform did that is in no tenant's own log, newest first",
      scope: "admin:read",
      query: PageQuery,
      success: { 200: "A page of entries" },
    }),
    async (c) => {
      const { limit, cursor } = query(c.req.url, PageQuery);
      await recordOperator(c, "operator.audit_read");
      const page = await inDirectory(
        new PlatformAudit(c.env.DIRECTORY).list({ limit, cursor: cursor ?? null }),
      );
      return replyJson(c, {
        data: page.rows.map((row) => ({
          id: row.id,
          time: rfc3339(row.timeMs),
          type: row.type,
          actor_id: row.actorId,
          subject: row.subject,
          request_id: row.requestId,
          data: row.data,
        })),
        meta: { limit, next_cursor: page.nextCursor },
      });
    },
  )

  .get(
    "/dead-letters",
    operatorOperation({
      id: "listDeadLetters",
      summary: "Messages that were refused or given up, with the reason",
      scope: "admin:read",
      query: PageQuery,
      success: { 200: "A page of dead letters" },
    }),
    async (c) => {
      const { limit, cursor } = query(c.req.url, PageQuery);
      await recordOperator(c, "operator.dead_letters_read");
      const page = await inDirectory(
        new PlatformAudit(c.env.DIRECTORY).deadLetters({ limit, cursor: cursor ?? null }),
      );
      return replyJson(c, {
        data: page.rows.map(({ id, queue, reason, body, timeMs }) => ({
          id,
          queue,
          reason,
          body,
          time: rfc3339(timeMs),
        })),
        meta: { limit, next_cursor: page.nextCursor },
      });
    },
  );
