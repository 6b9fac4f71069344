import type * as z from "zod";
import type { ZodType } from "zod";
import { Problem } from "./problem";

/** JSON bodies are small; catalogues travel as files. */
const MAX_BODY_BYTES = 1024 ** 2;
const MAX_DEPTH = 64;

/** The request's body, parsed once at the edge. Every fault is a problem that says where it is. */
export async function jsonBody<Schema extends ZodType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json")
    throw new Problem("unsupported_media_type", "Send the body as application/json.");
  return parseWith(schema, parseJson(await boundedText(request, MAX_BODY_BYTES)), "body");
}

/** The same where the body may be left out, which means `{}`. */
export async function optionalJsonBody<Schema extends ZodType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  if (request.body !== null && request.headers.get("content-length") !== "0")
    return jsonBody(request, schema);
  return parseWith(schema, {}, "body");
}

/** A query string's parameters through a schema; a parameter that is sent twice is refused. */
export function query<Schema extends ZodType>(url: string, schema: Schema): z.output<Schema> {
  const values: Record<string, string> = Object.create(null);
  const repeated: Record<string, string[]> = Object.create(null);
  for (const [name, value] of new URL(url).searchParams) {
    if (name in values) repeated[name] = ["Send this parameter once."];
    values[name] = value;
  }
  if (Object.keys(repeated).length > 0)
    throw new Problem("validation_error", "A query parameter is repeated.", { fieldErrors: repeated });
  return parseWith(schema, values, "query");
}

function parseWith<Schema extends ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fieldErrors: Record<string, string[]> = Object.create(null);
  const add = (field: string, text: string) => (fieldErrors[field] ??= []).push(text);
  for (const issue of parsed.error.issues) {
    const field = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys")
      for (const key of issue.keys) add(field === "" ? key : `${field}.${key}`, "This member is not known.");
    else add(field === "" ? where : field, issue.message);
  }
  throw new Problem(
    "validation_error",
    `The ${where} does not fit: ${Object.entries(fieldErrors)
      .slice(0, 3)
      .map(([field, texts]) => `${field}: ${texts.join(" ")}`)
      .join("; ")}`,
    { fieldErrors },
  );
}

/** A body's text as JSON that may be walked, copied and hashed. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem("malformed_json", "The body is not JSON.");
  }
  const fault = faultOf(value);
  if (fault !== null) throw new Problem("malformed_json", fault);
  return value;
}

/** What no value here may be, whatever its schema: it would trip whoever walks, copies or hashes it later. */
export function faultOf(value: unknown, levels = MAX_DEPTH): string | null {
  if (typeof value === "string")
    return value.isWellFormed() ? null : "A string of the body is not valid Unicode.";
  if (typeof value !== "object" || value === null) return null;
  if (levels === 0) return `The body is nested deeper than ${MAX_DEPTH} levels.`;
  for (const [name, member] of Object.entries(value)) {
    if (name === "__proto__") return "A member of the body is named __proto__.";
    const fault = faultOf(name, levels) ?? faultOf(member, levels - 1);
    if (fault !== null) return fault;
  }
  return null;
}

/** The platform's own reader where the length is announced (it holds the client to it), else chunk by chunk. */
export async function boundedText(request: Request, maxBytes: number): Promise<string> {
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > maxBytes) throw tooLarge(maxBytes);
  return announced === null ? countedText(request, maxBytes) : request.text();
}

const countedText = async (request: Request, maxBytes: number): Promise<string> =>
  Buffer.from(await boundedBytes(request, maxBytes)).toString("utf8");

/** A body of another kind, whole; refused once it turns out to be larger. */
export async function boundedBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (maxBytes: number): Problem =>
  new Problem("payload_too_large", `The body may have at most ${maxBytes} bytes.`);
