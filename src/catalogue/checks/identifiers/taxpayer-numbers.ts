/** CPF (people) and CNPJ (companies): two check digits modulo 11, as Receita Federal publishes them. */

import { areDigits, identifierCheck, type ByteJudge } from "./identifier-check";

const CPF_SIZE = 11;
const CPF_TOP_WEIGHT = 11;
const CNPJ_SIZE = 14;
const CNPJ_TOP_WEIGHT = 9;

const judgeCpf: ByteJudge = (bytes, start, end) => {
  if (end - start !== CPF_SIZE || !areDigits(bytes, start, end)) return "INVALID_FORMAT";
  return judgeCheckDigits(bytes, start, end, CPF_TOP_WEIGHT);
};

/** Twelve digits or, since July 2026, capital letters, and two digits: old numbers keep their check digits. */
const judgeCnpj: ByteJudge = (bytes, start, end) => {
  if (end - start !== CNPJ_SIZE || !areDigits(bytes, end - 2, end)) return "INVALID_FORMAT";
  for (let at = start; at < end - 2; at++) {
    const byte = bytes[at] as number;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if (!isDigit && (byte < 0x41 || byte > 0x5a)) return "INVALID_FORMAT";
  }
  return judgeCheckDigits(bytes, start, end, CNPJ_TOP_WEIGHT);
};

/** Numbers of one digit repeated have right check digits now and then, and are never given out. */
const judgeCheckDigits = (bytes: Uint8Array, start: number, end: number, topWeight: number) => {
  let isOneDigit = true;
  for (let at = start + 1; at < end; at++) isOneDigit &&= bytes[at] === bytes[start];
  if (isOneDigit) return "INVALID_VALUE";
  for (let at = end - 2; at < end; at++) {
    if ((bytes[at] as number) - 0x30 !== checkDigit(bytes, start, at, topWeight)) return "CHECK_DIGIT";
  }
  return null;
};

/** From the right, the characters (their code less 48) weigh 2, 3, ... up to `topWeight`, then 2 again. */
function checkDigit(bytes: Uint8Array, start: number, end: number, topWeight: number): number {
  let sum = 0;
  let weight = 2;
  for (let at = end - 1; at >= start; at--) {
    sum += ((bytes[at] as number) - 0x30) * weight;
    weight = weight === topWeight ? 2 : weight + 1;
  }
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

export const CPF_CHECK = identifierCheck(judgeCpf, "CPF: 11 digits with check digits");
export const CNPJ_CHECK = identifierCheck(judgeCnpj, "CNPJ: 14 characters (0-9, A-Z) with check digits");
