/** Formats that take a look at the whole text, each in linear time. */

const LOCAL_PART = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/;
const HOST = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u;
const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const BRAZILIAN_DATE = /^(\d{2})\/(\d{2})\/(\d{4})$/;

export function isWebUrl(text: string): boolean {
  return text.length <= 2048 && /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
}

export function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  return at > 0 && text.length <= 254 && LOCAL_PART.test(text.slice(0, at)) && HOST.test(text.slice(at + 1));
}

/** `2024-03-12` or `12/03/2024`, and a day that the calendar has. */
export function isRealDate(text: string): boolean {
  const iso = ISO_DATE.exec(text);
  if (iso) return isDay(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const brazilian = BRAZILIAN_DATE.exec(text);
  return brazilian !== null && isDay(Number(brazilian[3]), Number(brazilian[2]), Number(brazilian[1]));
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
