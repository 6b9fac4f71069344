/**
 * Mercado Livre's answers to a listing: `{message, error, status, cause: [...]}`, the causes by themselves, or several
 * such bodies in one another (developers.mercadolivre.com.br/en_us/validations).
 */

import {
  codeOf,
  isObject,
  messageOf,
  namesOf,
  severityOf,
  type Cause,
  type JsonObject,
  type ReadAnswer,
} from "./cause";
import { walkObjects } from "./walk";

const CAUSES_MAX = 1_000;
/** Ids of categories stand in brackets as attributes do. */
const CATEGORY = /^M[A-Z]{2}\d+$/;
const ATTRIBUTE = /^[A-Z][A-Z0-9_]{1,60}$/;
const MEMBER = /^[a-z][a-z0-9_]{1,60}$/;
/** What a body's own `message` says where it gives no causes (developers.mercadolivre.com.br/en_us/listing-validator). */
const BODY_CODE = /^body\.[a-z_]+$/;

export function mercadoLivreCauses(value: unknown): ReadAnswer {
  const causes: Cause[] = [];
  const add = (cause: unknown) => {
    if (isObject(cause) && causes.length < CAUSES_MAX) causes.push(causeOf(cause));
  };
  const isWhole = walkObjects(value, (object) => {
    const { cause } = object;
    const told = Array.isArray(cause) ? cause : isObject(cause) ? [cause] : [];
    if (told.length > 0) told.forEach(add);
    else if (isCause(object)) add(object);
    else if (BODY_CODE.test(codeOf(object["message"])) || BODY_CODE.test(codeOf(object["error"])))
      add(bodyCause(object));
    else return false;
    return true;
  });
  return { causes, isCut: !isWhole || causes.length === CAUSES_MAX };
}

const isCause = (object: JsonObject): boolean =>
  (typeof object["code"] === "string" || object["cause_id"] !== undefined) &&
  ["cause_id", "department", "references", "reference"].some((member) => object[member] !== undefined);

/** Without causes, one of `message` and `error` holds the code and the other the words. */
function bodyCause({ message, error }: JsonObject): JsonObject {
  const isCode = BODY_CODE.test(codeOf(message));
  return { code: isCode ? message : error, message: isCode ? error : message, type: "error" };
}

function causeOf(cause: JsonObject): Cause {
  const message = messageOf(cause["message"]);
  const causeId = codeOf(cause["cause_id"]);
  return {
    code: codeOf(cause["code"]),
    causeId: causeId === "" ? null : causeId,
    severity: severityOf(cause["type"]),
    message,
    attributes: namesOf([
      ...attributesIn(message),
      ...namesOf(cause["references"], cause["reference"]).flatMap(referred),
    ]),
    categories: [],
    sku: null,
    messageId: null,
  };
}

/** `item.title` is the title; `item.attributes[3]` says nothing to whoever has not the request. */
function referred(reference: string): readonly string[] {
  const path = reference.replace(/\[\d+\]/g, "").split(".");
  const [root = "", ...members] = path[0] === "item" ? path.slice(1) : path;
  if (root === "shipping") return ["shipping_mode"];
  if (root === "attributes" || root === "variations")
    return members.filter((member) => ATTRIBUTE.test(member));
  return MEMBER.test(root) && root !== "body" ? [root] : [];
}

/** `The attributes [BRAND, MODEL] are required`, `for attribute COLOR`, `O campo "Modelo"`. */
function attributesIn(message: string): readonly string[] {
  const bracketed = Array.from(message.matchAll(/\[([^[\]]{1,500})\]/g), ([, list = ""]) => list.split(","));
  const spoken = Array.from(message.matchAll(/\b[Aa]ttribute ([A-Z][A-Z0-9_]+)/g), ([, name = ""]) => name);
  const braced = Array.from(message.matchAll(/\{([A-Z][A-Z0-9_]{1,60})\}/g), ([, name = ""]) => name);
  const quoted = Array.from(
    message.matchAll(/(?:campo|field) "([^"]{1,60})"|"([^"]{1,60})" field/gi),
    (match) => match[1] ?? match[2] ?? "",
  );
  return [
    ...bracketed
      .flat()
      .map((name) => name.trim())
      .filter(isName),
    ...spoken.filter(isName),
    ...braced,
    ...quoted,
  ];
}

const isName = (text: string): boolean => (ATTRIBUTE.test(text) && !CATEGORY.test(text)) || MEMBER.test(text);
