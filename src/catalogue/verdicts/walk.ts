import { isObject, type JsonObject } from "./cause";

const DEPTH_MAX = 32;
const NODES_MAX = 50_000;

/**
 * Visits the objects of a value from the outside in, in their order. `visit` answers whether it has dealt with one, so
 * that what is in it is left alone. False if there was more than is looked at.
 */
export function walkObjects(value: unknown, visit: (object: JsonObject) => boolean): boolean {
  let nodes = 0;
  let isWhole = true;
  const step = (node: unknown, levels: number): void => {
    if (typeof node !== "object" || node === null) return;
    if (levels === 0 || ++nodes > NODES_MAX) {
      isWhole = false;
      return;
    }
    if (isObject(node) && visit(node)) return;
    for (const member of Object.values(node)) step(member, levels - 1);
  };
  step(value, DEPTH_MAX);
  return isWhole;
}
