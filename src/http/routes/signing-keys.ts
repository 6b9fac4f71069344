import { Hono } from "hono";
import type { AppEnv } from "../context";
import { openOperation } from "../operation";
import { replyJson, setHeader } from "../reply";
import { signingKeys } from "../signing";

/** Long enough to be worth a cache, short enough that a new key is known the same day. */
const MAX_AGE_SECONDS = 3600;

/** The public halves of the keys that sign what outsiders verify. */
export const publicSigningKeys = new Hono<AppEnv>().get(
  "/.well-known/jwks.json",
  openOperation("open", {
    id: "getSigningKeys",
    summary: "Public keys of shred certificates, as a JWK set (RFC 7517)",
    success: { 200: "The keys, newest first" },
  }),
  async (c) => {
    setHeader(c, "Cache-Control", `public, max-age=${MAX_AGE_SECONDS}`);
    return replyJson(c, { keys: await signingKeys(c.env).publicKeys() });
  },
);
