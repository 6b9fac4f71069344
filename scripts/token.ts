import { readInteger, readOptions, runCommand, UsageError } from "./command-line.ts";
import { mintToken } from "./edge/dev-keys.ts";

const USAGE = `usage: npm run --silent token -- --tenant TENANT [options]
       npm run --silent token -- --admin [options]
  --scope "a b"  scopes (default: every tenant scope, or admin:read admin:write)
  --sub NAME     subject (default user_local, or operator_local)
  --ttl SECONDS  lifetime (default 3600); negative for one that has expired
  --state DIR    state folder of the edge (default .state)`;

const TENANT_ID = /^t_[a-z0-9_]{1,47}$/;
const MAX_TTL_SECONDS = 10 * 365 * 86_400;

await runCommand(USAGE, async () => {
  const options = readOptions({
    tenant: { type: "string" },
    admin: { type: "boolean", default: false },
    scope: { type: "string" },
    sub: { type: "string" },
    ttl: { type: "string", default: "3600" },
    state: { type: "string", default: ".state" },
  });
  const audience = readAudience(options.tenant, options.admin);
  const ttlSeconds = readInteger("ttl", options.ttl, -MAX_TTL_SECONDS, MAX_TTL_SECONDS);
  const { scope, sub } = options;
  console.log(await mintToken(options.state, { ...audience, scope, sub, ttlSeconds }));
});

function readAudience(tenant: string | undefined, isAdmin: boolean) {
  if (isAdmin) {
    if (tenant !== undefined) throw new UsageError("--admin and --tenant exclude each other.");
    return { admin: true } as const;
  }
  if (tenant === undefined) throw new UsageError("--tenant or --admin is missing.");
  if (!TENANT_ID.test(tenant)) {
    throw new UsageError(`--tenant must be like t_acme (lower-case letters, digits, _), not "${tenant}".`);
  }
  return { tenant } as const;
}
