import { Hono } from "hono";
import { sweeps } from "./http/admin/sweep";
import { tenants } from "./http/admin/tenants";
import type { AppEnv } from "./http/context";
import { methodNotAllowed, notFound, onError } from "./http/errors";
import { authenticateOperator, authenticateTenant } from "./http/middleware/authenticate";
import { requestId } from "./http/middleware/request-id";
import { events } from "./http/routes/events";
import { health } from "./http/routes/health";
import { jobResults } from "./http/routes/job-results";
import { jobs } from "./http/routes/jobs";
import { links } from "./http/routes/links";
import { tenant } from "./http/routes/tenant";
import { uploads } from "./http/routes/uploads";

/** The whole surface: middleware in order, then the planes. Signed links need no bearer, so they come first. */
export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>().use(requestId);
  app.route("/", health).route("/v1", health).route("/v1", links);

  app.use("/v1/*", authenticateTenant);
  for (const resource of [jobs, jobResults, uploads, events, tenant]) app.route("/v1", resource);

  app.use("/admin/v1/*", authenticateOperator);
  app.route("/admin/v1", tenants).route("/admin/v1", sweeps);

  methodNotAllowed(app);
  return app.notFound(notFound).onError(onError);
}
