import { createMiddleware } from "hono/factory";
import { PlatformAudit } from "../../directory/platform-audit";
import { readConfig, type Env } from "../../env";
import { authenticatorOf } from "../authenticator";
import type { OperatorEnv } from "../context";
import { directoryUnavailable } from "./operator-caller";
import { bearer, invalidCredential, verified } from "../middleware/authenticate";

const ASSERTION = "cf-access-jwt-assertion";

/** Operator plane: same issuers and keys, an audience of its own; and, where it stands before it, Cloudflare Access. */
export const authenticateOperator = createMiddleware<OperatorEnv>(async (c, next) => {
  const authenticator = authenticatorOf(readConfig(c.env));
  const nowMs = Date.now();
  if (authenticator.access) {
    const assertion = c.req.header(ASSERTION);
    if (assertion === undefined) throw invalidCredential();
    verified(await authenticator.access.verify(assertion, nowMs));
  }
  const token = verified(
    await authenticator.operatorTokens.verify(bearer(c.req.header("authorization")), nowMs),
  );
  if (token.tokenId !== null && (await isRevoked(c.env, token.tokenId, nowMs))) throw invalidCredential();
  c.set("scopes", token.scopes);
  c.set("operator", token.subject);
  await next();
});

/** Asked on each call: operators are few. Without an answer nobody gets in. */
async function isRevoked(env: Env, tokenId: string, nowMs: number): Promise<boolean> {
  try {
    return await new PlatformAudit(env.DIRECTORY).isRevoked(tokenId, nowMs);
  } catch (error) {
    throw directoryUnavailable(error);
  }
}
