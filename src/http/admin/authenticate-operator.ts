import { createMiddleware } from "hono/factory";
import { PlatformAudit } from "../../directory/platform-audit";
import { readConfig, type Env } from "../../env";
import { authenticatorOf } from "../authenticator";
import type { OperatorEnv } from "../context";
import { inDirectory } from "./operator-caller";
import { bearer, invalidCredential, verified } from "../middleware/authenticate";

const ASSERTION = "cf-access-jwt-assertion";

/** Operator plane: same issuers and keys, an audience of its own; and, where it stands before it, Cloudflare Access. */
export const authenticateOperator = createMiddleware<OperatorEnv>(async (c, next) => {
  const authenticator = authenticatorOf(readConfig(c.env));
  const nowMs = Date.now();
  let seenBy = "";
  if (authenticator.access) {
    const assertion = c.req.header(ASSERTION);
    if (assertion === undefined) throw invalidCredential();
    seenBy = ` (${verified(await authenticator.access.verify(assertion, nowMs)).subject})`;
  }
  const token = verified(
    await authenticator.operatorTokens.verify(bearer(c.req.header("authorization")), nowMs),
  );
  const { subject, tokenId } = authenticator.identityOf(token);
  if (tokenId !== null && (await isRevoked(c.env, tokenId, nowMs))) throw invalidCredential();
  c.set("scopes", token.scopes);
  c.set("operator", subject + seenBy);
  await next();
});

/** Asked on each call: operators are few. Without an answer nobody gets in. */
const isRevoked = async (env: Env, tokenId: string, nowMs: number): Promise<boolean> =>
  inDirectory(Promise.resolve().then(() => new PlatformAudit(env.DIRECTORY).isRevoked(tokenId, nowMs)));
