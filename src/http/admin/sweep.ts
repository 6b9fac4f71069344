import { Hono } from "hono";
import { Directory } from "../../directory/directory";
import { sweep } from "../../directory/sweep";
import { tenantObject } from "../../tenant-object";
import type { OperatorEnv } from "../context";
import { requireScope } from "../middleware/authenticate";
import { replyJson } from "../reply";

/** Runs at once what cron would: wakes every tenant's object. */
export const sweeps = new Hono<OperatorEnv>().post("/sweep", requireScope("admin:write"), async (c) =>
  replyJson(
    c,
    await sweep(new Directory(c.env.DIRECTORY), (tenantId) => tenantObject(c.env, tenantId).wake()),
  ),
);
