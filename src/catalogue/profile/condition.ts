/** `field`, `field == 'v'`, `field != 'v'`: what `when` and `skip_if` may say. A bare field means "is not blank". */
export interface Condition {
  readonly field: string;
  readonly operator: "present" | "equals" | "differs";
  readonly value: string;
}

const FIELD = /^[\p{L}\p{N}_.-]+$/u;
const COMPARISON = /^([\p{L}\p{N}_.-]+)\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)"|(\S+))$/u;

export function parseCondition(text: string): Condition | null {
  const trimmed = text.trim();
  if (FIELD.test(trimmed)) return { field: trimmed, operator: "present", value: "" };
  const match = COMPARISON.exec(trimmed);
  if (!match?.[1]) return null;
  const value = match[3] ?? match[4] ?? match[5] ?? "";
  return { field: match[1], operator: match[2] === "==" ? "equals" : "differs", value };
}

export function holds(condition: Condition, value: string): boolean {
  switch (condition.operator) {
    case "present":
      return value.trim() !== "";
    case "equals":
      return value.trim() === condition.value;
    case "differs":
      return value.trim() !== condition.value;
  }
}
