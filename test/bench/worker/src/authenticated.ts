import { Hono } from "hono";
import type { IdentifiedEnv } from "../../../../src/http/context";
import { authenticateTenant } from "../../../../src/http/middleware/authenticate";
import { requestId } from "../../../../src/http/middleware/request-id";
import type { BenchEnv } from "./bench-env";

interface Served {
  Bindings: BenchEnv;
  Variables: IdentifiedEnv["Variables"];
}

/** The same object call behind the same router: once as it is, once with the product's own authentication before it. */
export const authenticated = new Hono<Served>()
  .use(requestId)
  .use("/authentication/with", authenticateTenant)
  .get("/authentication/without/:name", async (c) => {
    await c.env.REFERENCES.getByName(c.req.param("name")).noop();
    return new Response("ok");
  })
  .get("/authentication/with", async (c) => {
    await c.env.REFERENCES.getByName(c.var.context.tenantId).noop();
    return new Response("ok");
  });
