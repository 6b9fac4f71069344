import type { Context } from "hono";
import type { Precondition } from "../../durable-objects/tenant/operations/rules";
import type { AppEnv } from "./context";
import { Problem } from "./problem";

const TAG_LIST = /^\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*)*$/;

/** `If-Match` and `If-None-Match` (RFC 9110 §13.1): entity tags without their quotes. A weak one matches nothing here. */
export function preconditionOf<E extends AppEnv>(c: Context<E>): Precondition {
  return { ifMatch: tagsIn(c, "If-Match"), ifNoneMatch: tagsIn(c, "If-None-Match") };
}

function tagsIn<E extends AppEnv>(c: Context<E>, name: string): readonly string[] | null {
  const header = c.req.header(name);
  if (header === undefined) return null;
  if (header.trim() === "*") return ["*"];
  if (!TAG_LIST.test(header))
    throw new Problem("validation_error", `${name}: write an entity tag in quotes, or *.`, {
      fieldErrors: { [name]: ['Write "CHECKSUM", in quotes, or *.'] },
    });
  const tags = header.matchAll(/(W\/)?"([^"]*)"/g);
  return [...tags].flatMap(([, weak, tag = ""]) => (weak === undefined ? [tag] : []));
}
