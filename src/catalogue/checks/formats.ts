/** Formats that take a look at the whole text, each in linear time. */

const LOCAL_PART = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/;
const HOST = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u;

export function isWebUrl(text: string): boolean {
  return text.length <= 2048 && /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
}

export function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  return at > 0 && text.length <= 254 && LOCAL_PART.test(text.slice(0, at)) && HOST.test(text.slice(at + 1));
}
