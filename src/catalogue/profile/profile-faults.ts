/** What is wrong with the shape of a profile, in terms of the profile. */

import type * as z from "zod";
import type { ProfileFault } from "./profile";

type Issue = z.core.$ZodIssue;

/** No profile needs more: rules, a rule, and conditions or composites within each other. */
const DEPTH_MAX = 24;

export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === DEPTH_MAX || Object.values(value).some((member) => isTooDeep(member, depth + 1));
}

/** Where a value may have one of several shapes, the fault is told of the shape that it comes nearest to. */
export function faultOf(issue: Issue): ProfileFault {
  const nearest = nearestIssue(issue);
  return { path: jsonPointer(nearest.path), message: nearest.message };
}

function nearestIssue({ path, message, ...issue }: Issue): { path: PropertyKey[]; message: string } {
  if (!("errors" in issue) || !Array.isArray(issue.errors) || issue.errors.length === 0)
    return { path, message };
  const branches = (issue.errors as Issue[][]).map((issues) => ({
    count: issues.length,
    deepest: issues.map(nearestIssue).reduce((a, b) => (b.path.length > a.path.length ? b : a)),
  }));
  const [best] = branches.toSorted(
    (a, b) => b.deepest.path.length - a.deepest.path.length || a.count - b.count,
  );
  return best ? { path: [...path, ...best.deepest.path], message: best.deepest.message } : { path, message };
}

function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
