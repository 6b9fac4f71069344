import type { Fault } from "../checks/checks";

/** `preço base` that is `TOO_LOW` is `PRECO_BASE_TOO_LOW`. */
export function findingCode(field: string, fault: Fault): string {
  const ascii = field.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase();
  return `${ascii.replace(/[^A-Z0-9]+/g, "_").replace(/^_+|_+$/g, "")}_${fault}`;
}
