/** Check digits by the published weights, written apart from the engine so that each can catch the other. */

export function gs1(body: string): string {
  const sum = [...body].reduceRight(
    (total, digit, at) => total + Number(digit) * ((body.length - at) % 2 === 1 ? 3 : 1),
    0,
  );
  return body + String((10 - (sum % 10)) % 10);
}

export function isbn10(body: string): string {
  const sum = [...body].reduce((total, digit, at) => total + Number(digit) * (at + 1), 0);
  return body + (sum % 11 === 10 ? "X" : String(sum % 11));
}

export function cpf(body: string): string {
  const first = body + modulo11(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return first + modulo11(first, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
}

export function cnpj(body: string): string {
  const first = body + modulo11(body, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
  return first + modulo11(first, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
}

function modulo11(text: string, weights: readonly number[]): string {
  const sum = weights.reduce((total, weight, at) => total + (text.charCodeAt(at) - 48) * weight, 0);
  return String(sum % 11 < 2 ? 0 : 11 - (sum % 11));
}
