/**
 * Amazon's answers to a listing: `{sku, status, issues: [...]}` of the Listings Items API, the report of a listings
 * feed (`{header, issues, summary}`, listings-feed-processing-report-schema-v2), an API's `{errors: [...]}`, or the
 * issues by themselves.
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

const ISSUES_MAX = 1_000;
const SKU_MAX = 200;

export function amazonIssues(value: unknown): ReadAnswer {
  const causes: Cause[] = [];
  const add = (issue: unknown, sku: unknown) => {
    if (isObject(issue) && causes.length < ISSUES_MAX) causes.push(causeOf(issue, sku));
  };
  const isWhole = walkObjects(value, (object) => {
    const listed = [object["issues"], object["errors"]].find(Array.isArray);
    if (listed) listed.forEach((issue) => add(issue, object["sku"]));
    else if (isIssue(object)) add(object, null);
    else return false;
    return true;
  });
  return { causes, isCut: !isWhole || causes.length === ISSUES_MAX };
}

const isIssue = (object: JsonObject): boolean =>
  (typeof object["code"] === "string" || typeof object["code"] === "number") &&
  typeof object["severity"] === "string";

function causeOf(issue: JsonObject, sku: unknown): Cause {
  const message = messageOf(issue["message"]);
  const told = namesOf(issue["attributeNames"], issue["attributeName"]);
  const { messageId } = issue;
  return {
    code: codeOf(issue["code"]),
    causeId: null,
    severity: severityOf(issue["severity"]),
    message,
    attributes: told.length > 0 ? told : namesOf(attributesIn(message)),
    categories: namesOf(issue["categories"]),
    sku: typeof sku === "string" && sku !== "" && sku.length <= SKU_MAX ? sku : null,
    messageId: typeof messageId === "number" && Number.isSafeInteger(messageId) ? messageId : null,
  };
}

/** `'brand' is required`, `the following missing attributes: part_number,color`. */
function attributesIn(message: string): readonly string[] {
  const [, list] = /missing attributes:? ([a-z0-9_]+(?:, ?[a-z0-9_]+){0,19})/.exec(message) ?? [];
  if (list !== undefined) return list.split(/, ?/);
  return Array.from(message.matchAll(/'([a-z][a-z0-9_]{2,60})'/g), ([, name = ""]) => name);
}
