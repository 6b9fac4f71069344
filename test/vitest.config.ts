import { generateKeyPairSync, randomBytes } from "node:crypto";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import pure, { PURE } from "./vitest.pure.config.ts";
import { Receivers } from "./support/node/receiver.ts";

/** Keys are made for each run: the tests sign their own tokens, the Worker sees only the public half. */
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = { ...publicKey.export({ format: "jwk" }), kid: "test", alg: "ES256", use: "sig" };
// Wrangler looks for required secrets in the environment.
process.env.LINK_SIGNING_KEY = randomBytes(32).toString("base64url");
process.env.MAC_KEY = randomBytes(32).toString("base64url");
process.env.ROOT_KEY = randomBytes(32).toString("base64url");
process.env.SIGNING_KEY = randomBytes(32).toString("base64url");

/** Whatever the Worker fetches from outside comes here. */
const receivers = new Receivers();

const isSlow = Boolean(process.env.SLOW);

const workerd = {
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        outboundService: async (request: Request) => {
          const { pathname } = new URL(request.url);
          const headers = Object.fromEntries(request.headers);
          const { status, body, ...answer } = await receivers.handle(
            request.method,
            pathname,
            headers,
            await request.text(),
          );
          return new Response(body, { status, headers: answer.headers });
        },
        bindings: {
          ENVIRONMENT: "test",
          // What fails is tried again at once, so that no test waits.
          WEBHOOK_SCHEDULE_SECONDS: "0,0,0,0",
          WEBHOOK_HEARTBEAT_SECONDS: "0.2",
          EVENT_ROUTES: JSON.stringify([
            {
              id: "audit-trail",
              to: "http",
              url: "https://hooks.example.com/routed",
              tiers: ["basic"],
              types: ["file.*"],
            },
          ]),
          JWT_JWKS: JSON.stringify({ keys: [jwk] }),
          TEST_SIGNING_JWK: JSON.stringify({
            ...privateKey.export({ format: "jwk" }),
            kid: "test",
            alg: "ES256",
          }),
          LINK_SIGNING_KEY: process.env.LINK_SIGNING_KEY,
          MAC_KEY: process.env.MAC_KEY,
          ROOT_KEY: process.env.ROOT_KEY,
          SIGNING_KEY: process.env.SIGNING_KEY,
        },
      },
    }),
  ],
  test: {
    name: "workerd",
    testTimeout: 20_000,
    // What takes long is run by itself: `npm run test:slow`.
    include: isSlow ? ["test/slow/**/*.test.ts"] : ["test/**/*.test.ts"],
    exclude: ["test/blackbox/**", "test/bench/**", ...(isSlow ? [] : ["test/slow/**", ...PURE])],
  },
};

export default defineConfig({
  test: {
    projects: isSlow ? [workerd] : [pure, workerd],
    // The Worker's own log lines: tests that mean them read them themselves.
    onConsoleLog: (text) => !text.startsWith('{"event":'),
  },
});
