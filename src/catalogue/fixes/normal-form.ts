export interface NormalFormSpec {
  readonly trim?: boolean | undefined;
  readonly collapse_spaces?: boolean | undefined;
  readonly lowercase?: boolean | undefined;
  readonly uppercase?: boolean | undefined;
  readonly titlecase?: boolean | undefined;
  readonly capitalize?: boolean | undefined;
  readonly unicode?: boolean | undefined;
}

/** Each step leaves what it has done undisturbed by the next, so that normalizing twice changes nothing. */
export function normalForm(spec: NormalFormSpec): (text: string) => string {
  const steps: ((text: string) => string)[] = [];
  if (spec.lowercase) steps.push((text) => text.toLowerCase());
  if (spec.uppercase) steps.push((text) => text.toUpperCase());
  if (spec.titlecase) steps.push(titleCase);
  if (spec.capitalize) steps.push(capitalize);
  if (spec.unicode) steps.push((text) => text.normalize("NFC"));
  if (spec.collapse_spaces) steps.push((text) => text.replace(/\s+/g, " "));
  if (spec.trim) steps.push((text) => text.trim());
  return (text) => steps.reduce((done, step) => step(done), text);
}

function titleCase(text: string): string {
  return text
    .toLowerCase()
    .replace(/(^|[^\p{L}\p{M}\p{N}'’])(\p{L})/gu, (_, before: string, letter: string) => {
      return before + letter.toUpperCase();
    });
}

function capitalize(text: string): string {
  return text.toLowerCase().replace(/\p{L}/u, (letter) => letter.toUpperCase());
}
