import { Hono } from "hono";
import { Directory } from "../../directory/directory";
import { sweep } from "../../directory/sweep";
import { tenantObject } from "../../tenant-object";
import type { OperatorEnv } from "../context";
import { operatorOperation } from "../operation";
import { replyJson } from "../reply";
import { recordOperator } from "./operator-caller";

/** Runs at once what cron would: wakes every tenant's object. */
export const sweeps = new Hono<OperatorEnv>().post(
  "/sweep",
  operatorOperation({
    id: "sweep",
    summary: "Runs at once what cron would",
    scope: "admin:write",
    success: { 200: "How many tenants were woken" },
  }),
  async (c) => {
    await recordOperator(c, "operator.swept");
    return replyJson(
      c,
      await sweep(
        new Directory(c.env.DIRECTORY),
        (tenantId) => tenantObject(c.env, tenantId).wake(),
        () => Date.now(),
      ),
    );
  },
);
