/** A marketplace's answers, told in the terms of a rules profile: fields, faults and the rules that judge them. */

import type { Fault } from "../checks/checks";
import { faultsOf } from "../checks/faults-of";
import type { CompiledProfile } from "../profile/compile";
import type { Profile, Severity } from "../profile/profile";
import { bindColumns } from "../reading/binding";
import { HeaderNames, type LabelMemory } from "../reading/header-names";
import { findingCode } from "../report/finding-code";
import { amazonIssues } from "./amazon";
import type { Cause, ReadAnswer, VerdictFormat } from "./cause";
import { ATTRIBUTE_NAMES, CATEGORY_FAULTS, knownCode } from "./known-codes";
import { mercadoLivreCauses } from "./mercado-livre";
import { pastedJson } from "./pasted-json";

export interface Verdict {
  /** The profile's field; null if it has none for it, or none is meant. */
  readonly field: string | null;
  /** What the marketplace calls it. */
  readonly attribute: string | null;
  /** Of the profile: those on the field that judge this fault. */
  readonly ruleIds: readonly string[];
  readonly code: string;
  readonly causeId: string | null;
  /** What a finding of the same fault is called; null where the fault is not known. */
  readonly ourCode: string | null;
  readonly severity: Severity;
  readonly message: string;
  readonly known: boolean;
  readonly sku: string | null;
  readonly messageId: number | null;
}

export interface ReadPaste extends ReadAnswer {
  readonly format: VerdictFormat;
}

/** `answer` is JSON, or text with JSON in it. Null where there is nothing of the kind. */
export function readAnswer(answer: unknown, format: VerdictFormat | "auto"): ReadPaste | null {
  const values = typeof answer === "string" ? pastedJson(answer) : [answer];
  if (format !== "auto") return readAs(format, values);
  const asAmazon = readAs("amazon", values);
  const asMercadoLivre = readAs("mercado_livre", values);
  if (!asAmazon || !asMercadoLivre) return asAmazon ?? asMercadoLivre;
  return asAmazon.causes.length > asMercadoLivre.causes.length ? asAmazon : asMercadoLivre;
}

function readAs(format: VerdictFormat, values: readonly unknown[]): ReadPaste | null {
  const { causes, isCut } = format === "amazon" ? amazonIssues(values) : mercadoLivreCauses(values);
  return causes.length === 0 ? null : { format, causes, isCut };
}

export class Judgement {
  readonly #names: HeaderNames;
  readonly #fields = new Map<string, string | null>();

  constructor(
    private readonly profile: Profile,
    compiled: CompiledProfile,
    labelMemory: LabelMemory = new Map(),
  ) {
    this.#names = new HeaderNames(compiled, labelMemory);
  }

  /** The profile's field for what a marketplace, or a file, calls by this name. */
  fieldOf(name: string): string | null {
    const known = this.#fields.get(name);
    if (known !== undefined) return known;
    const field = bindColumns(this.#names, [name]).read[0]?.field ?? null;
    this.#fields.set(name, field);
    return field;
  }

  /** One for each attribute that the cause is about; one if it is about none. */
  of(format: VerdictFormat, cause: Cause): readonly Verdict[] {
    const entry = knownCode(format, cause);
    const faults = entry?.faults ?? cause.categories.flatMap((name) => CATEGORY_FAULTS[name] ?? []);
    const told = typeof entry?.field === "string" ? [entry.field] : cause.attributes;
    const attributes = entry || format === "amazon" ? told : told.slice(0, 1);
    const verdict = (attribute: string | null): Verdict => {
      const field = attribute === null ? null : this.#fieldOfAttribute(attribute);
      const [fault] = faults;
      const name = field ?? attribute;
      return {
        field,
        attribute,
        ruleIds: field === null ? [] : this.#rulesOn(field, faults),
        code: cause.code,
        causeId: cause.causeId,
        ourCode: name === null || fault === undefined ? null : findingCode(name, fault),
        severity: cause.severity,
        message: cause.message,
        known: entry !== undefined,
        sku: cause.sku,
        messageId: cause.messageId,
      };
    };
    return attributes.length === 0 ? [verdict(null)] : attributes.map(verdict);
  }

  #fieldOfAttribute(attribute: string): string | null {
    for (const name of [attribute, ...(ATTRIBUTE_NAMES[attribute] ?? [])]) {
      const field = this.fieldOf(name);
      if (field !== null) return field;
    }
    return null;
  }

  #rulesOn(field: string, faults: readonly Fault[]): readonly string[] {
    return this.profile.rules
      .filter((rule) => rule.enabled && rule.field === field)
      .filter(({ check }) => faultsOf(check).some((fault) => faults.includes(fault)))
      .map(({ id }) => id);
  }
}
