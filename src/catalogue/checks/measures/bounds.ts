import type { Fault } from "../checks";
import { decimalOf, inLeastUnits, isLess, type Decimal, type Unit } from "./units";

/** Limits that count in one unit, whatever unit of its quantity a cell is written in. */
export class Bounds {
  readonly #min: Decimal | null;
  readonly #max: Decimal | null;

  constructor(
    readonly unit: Unit,
    readonly min: number,
    readonly max: number,
  ) {
    this.#min = Number.isFinite(min) ? inLeastUnits(decimalOf(String(min)), unit) : null;
    this.#max = Number.isFinite(max) ? inLeastUnits(decimalOf(String(max)), unit) : null;
  }

  judge(plainNumber: string, unit: Unit): Fault | null {
    if (!this.#min && !this.#max) return null;
    const value = inLeastUnits(decimalOf(plainNumber), unit);
    if (this.#min && isLess(value, this.#min)) return "TOO_LOW";
    return this.#max && isLess(this.#max, value) ? "TOO_HIGH" : null;
  }

  /** `, 0.1..30 kg`, or nothing. */
  get shown(): string {
    if (!this.#min && !this.#max) return "";
    return `, ${this.#min ? this.min : ""}..${this.#max ? this.max : ""} ${this.unit}`;
  }
}
