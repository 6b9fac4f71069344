import { Hono } from "hono";
import * as z from "zod";
import { PlatformAudit } from "../../directory/platform-audit";
import { callTenant } from "../call-tenant";
import type { OperatorEnv } from "../context";
import { jsonBody } from "../json-body";
import { operatorOperation } from "../operation";
import { rfc3339 } from "../present";
import { Problem } from "../problem";
import { replyJson } from "../reply";
import { inDirectory, namedTenant, operatorCaller, recordOperator, unknownTenant } from "./operator-caller";

const RevocationBody = z.strictObject({
  /** The token's `jti`. */
  token_id: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[!-~]+$/, "Write the token's jti."),
  /** When the token ends by itself; without it the revocation is kept for good. */
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

const present = (body: z.output<typeof RevocationBody>, nowMs: number) => ({
  token_id: body.token_id,
  revoked_at: rfc3339(nowMs),
  expires_at: body.expires_at === undefined ? null : rfc3339(Date.parse(body.expires_at)),
});

/** A token is taken for a while after it ends, and so the revocation stands for longer than that. */
const LEEWAY_MS = 60_000;

function keptUntilMs(body: z.output<typeof RevocationBody>, nowMs: number): number | null {
  if (body.expires_at === undefined) return null;
  const expiresAtMs = Date.parse(body.expires_at);
  if (expiresAtMs > nowMs) return expiresAtMs + LEEWAY_MS;
  throw new Problem(
    "validation_error",
    "expires_at: this time has passed; leave it out if you are not sure.",
    {
      fieldErrors: { expires_at: ["Name a time to come, or leave it out."] },
    },
  );
}

/** Takes tokens back before they expire, by their `jti`. Said twice it is the same. */
export const tokenRevocations = new Hono<OperatorEnv>()
  .post(
    "/tenants/:tenantId/token-revocations",
    operatorOperation({
      id: "revokeTenantToken",
      summary: "Takes back a token of one tenant, in force with its next call",
      scope: "admin:write",
      body: RevocationBody,
      success: { 201: "The revocation" },
      problems: ["tenant_invalid", "tenant_not_found"],
    }),
    async (c) => {
      const tenantId = namedTenant(c.req.param("tenantId"));
      const body = await jsonBody(c.req.raw, RevocationBody);
      const nowMs = Date.now();
      const outcome = await callTenant(c.env, operatorCaller(c, tenantId), (tenant, caller) =>
        tenant.revokeToken(caller, {
          tokenId: body.token_id,
          revokedAtMs: nowMs,
          expiresAtMs: keptUntilMs(body, nowMs),
        }),
      );
      if (!outcome.ok) throw unknownTenant();
      return replyJson(c, present(body, nowMs), 201);
    },
  )

  .post(
    "/token-revocations",
    operatorOperation({
      id: "revokeOperatorToken",
      summary: "Takes back an operator's token",
      scope: "admin:write",
      body: RevocationBody,
      success: { 201: "The revocation" },
    }),
    async (c) => {
      const body = await jsonBody(c.req.raw, RevocationBody);
      const nowMs = Date.now();
      const expiresAtMs = keptUntilMs(body, nowMs);
      await recordOperator(c, "operator.token_revoked", { token_id: body.token_id });
      await inDirectory(new PlatformAudit(c.env.DIRECTORY).revokeToken(body.token_id, expiresAtMs, nowMs));
      return replyJson(c, present(body, nowMs), 201);
    },
  );
