import { Hono } from "hono";
import { keyCustody } from "./http/admin/key-custody";
import { keys } from "./http/admin/keys";
import { lifecycle } from "./http/admin/lifecycle";
import { relay } from "./http/admin/relay";
import { platform } from "./http/admin/platform";
import { shreds } from "./http/admin/shreds";
import { supportAccess as supportGrants } from "./http/admin/support-access";
import { sweeps } from "./http/admin/sweep";
import { tenants } from "./http/admin/tenants";
import { tokenRevocations } from "./http/admin/token-revocations";
import type { AppEnv } from "./http/context";
import { methodNotAllowed, notFound, onError } from "./http/errors";
import { authenticateTenant } from "./http/middleware/authenticate";
import { authenticateOperator } from "./http/admin/authenticate-operator";
import { requestId } from "./http/middleware/request-id";
import { serveOpenApi } from "./http/openapi";
import { apiKeys } from "./http/routes/api-keys";
import { batches } from "./http/routes/batches";
import { events } from "./http/routes/events";
import { headerMappings } from "./http/routes/header-mappings";
import { health } from "./http/routes/health";
import { jobResults } from "./http/routes/job-results";
import { jobs } from "./http/routes/jobs";
import { links } from "./http/routes/links";
import { rules } from "./http/routes/rules";
import { rulesLife } from "./http/routes/rules-life";
import { rulesShadow } from "./http/routes/rules-shadow";
import { rulesSchemas } from "./http/routes/rules-schemas";
import { schemas } from "./http/routes/schemas";
import { preview } from "./http/routes/preview";
import { publicSigningKeys } from "./http/routes/signing-keys";
import { streams } from "./http/routes/streams";
import { supportAccess } from "./http/routes/support-access";
import { tenant } from "./http/routes/tenant";
import { uploads } from "./http/routes/uploads";
import { validate } from "./http/routes/validate";
import { verdicts } from "./http/routes/verdicts";
import { webhookDeliveries } from "./http/routes/webhook-deliveries";
import { webhooks } from "./http/routes/webhooks";

// Streams and batches first: `stream` and `batch` are no job's id.
const TENANT_PLANE = [
  streams,
  batches,
  jobs,
  jobResults,
  validate,
  verdicts,
  preview,
  uploads,
  events,
  apiKeys,
  webhooks,
  webhookDeliveries,
  supportAccess,
  rulesSchemas,
  rules,
  rulesLife,
  headerMappings,
  rulesShadow,
  tenant,
];
const OPERATOR_PLANE = [
  tenants,
  lifecycle,
  supportGrants,
  tokenRevocations,
  keys,
  keyCustody,
  shreds,
  relay,
  platform,
  sweeps,
];

/** The whole surface: middleware in order, then the planes. Signed links need no bearer, so they come first. */
export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>().use(requestId);
  app
    .route("/", health)
    .route("/", publicSigningKeys)
    .route("/", schemas)
    .route("/v1", health)
    .route("/v1", links);
  serveOpenApi(app);

  app.use("/v1/*", authenticateTenant);
  for (const resource of TENANT_PLANE) app.route("/v1", resource);

  app.use("/admin/v1/*", authenticateOperator);
  for (const resource of OPERATOR_PLANE) app.route("/admin/v1", resource);

  methodNotAllowed(app);
  return app.notFound(notFound).onError(onError);
}
