/** What would have passed, as a message says it: a finding's `expected` stays in one notation for machines. */

import type { Locale } from "../profile/profile";

type Phrase = readonly [english: RegExp, portuguese: string, spanish: string];

/** Anchored to what the checks write, so that a value of the profile is never taken for a phrase. */
const PHRASES: readonly Phrase[] = [
  [/^one of: /, "um destes: ", "uno de: "],
  [/^none of: /, "nenhum destes: ", "ninguno de: "],
  [/^any of: /, "um destes: ", "uno de: "],
  [/^not: /, "que não seja: ", "que no sea: "],
  [/^filled in: /, "preenchido: ", "completado: "],
  [/^a value$/, "um valor", "un valor"],
  [/^length (?=[\d<>])/, "tamanho ", "longitud "],
  [/^items (?=[\d<>])/, "itens ", "elementos "],
  [/^integer$/, "número inteiro", "número entero"],
  [/^decimal$/, "número decimal", "número decimal"],
  [
    /^decimal, at most (\d+) places$/,
    "número decimal, no máximo $1 casas",
    "número decimal, hasta $1 decimales",
  ],
  [
    /^date \(YYYY-MM-DD or DD\/MM\/YYYY\)/,
    "data (AAAA-MM-DD ou DD/MM/AAAA)",
    "fecha (AAAA-MM-DD o DD/MM/AAAA)",
  ],
  [/^date \(YYYY-MM-DD\)/, "data (AAAA-MM-DD)", "fecha (AAAA-MM-DD)"],
  [/^e-mail address$/, "endereço de e-mail", "dirección de correo"],
  [/^http\(s\) URL$/, "endereço http(s)", "dirección http(s)"],
  [
    /^((?:\d+\.\.\d* × )?)http\(s\) URL ending in ([\w./]+)(?:, separated by (.+))?$/,
    "$1endereço http(s) de imagem ($2) $3",
    "$1dirección http(s) de imagen ($2) $3",
  ],
  [/^number and unit \(/, "número e unidade (", "número y unidad ("],
  [
    /^text without HTML and control characters$/,
    "texto sem HTML nem caracteres de controle",
    "texto sin HTML ni caracteres de control",
  ],
  [/^unique$/, "sem repetição", "sin repetición"],
  [/^unique together with /, "sem repetição junto com ", "sin repetición junto con "],
  [/^normalized: /, "forma: ", "forma: "],
  [/^(\d+) cells$/, "$1 células", "$1 celdas"],
  [
    /^((?:GTIN|ISBN)-[\w/, -]*?), digits only, with check digit$/,
    "$1, só dígitos, com dígito verificador",
    "$1, solo dígitos, con dígito de control",
  ],
  [
    /^(GTIN-[\w/, -]*?) with check digit, of a product for sale$/,
    "$1 com dígito verificador, de produto à venda",
    "$1 con dígito de control, de un producto a la venta",
  ],
  [/^(GTIN-[\w/, -]*?) with check digit$/, "$1 com dígito verificador", "$1 con dígito de control"],
  [
    /^CPF: 11 digits with check digits$/,
    "CPF: 11 dígitos, com os verificadores",
    "CPF: 11 dígitos, con los de control",
  ],
  [
    /^CNPJ: 14 characters \(0-9, A-Z\) with check digits$/,
    "CNPJ: 14 caracteres (0-9, A-Z), com os verificadores",
    "CNPJ: 14 caracteres (0-9, A-Z), con los de control",
  ],
  [
    /^CEP: 8 digits, from 01000000$/,
    "CEP: 8 dígitos, a partir de 01000000",
    "CEP: 8 dígitos, desde 01000000",
  ],
  [
    /^NCM: 8 digits, chapter 01 to 97 except 77$/,
    "NCM: 8 dígitos, capítulo de 01 a 97, exceto 77",
    "NCM: 8 dígitos, capítulo de 01 a 97, excepto 77",
  ],
  [
    /^CEST: 7 digits, segment 01 to 28$/,
    "CEST: 7 dígitos, segmento de 01 a 28",
    "CEST: 7 dígitos, segmento de 01 a 28",
  ],
];

/** Unknown notations (bounds, patterns, comparisons) need no translation and stay as they are. */
export function expectedIn(locale: Locale, expected: string): string {
  if (locale === "en") return expected;
  const at = locale === "pt-BR" ? 1 : 2;
  const phrase = PHRASES.find(([english]) => english.test(expected));
  return phrase ? expected.replace(phrase[0], phrase[at]).trimEnd() : expected;
}
