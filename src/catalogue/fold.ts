const MARKS = /\p{M}/gu;
const LABEL_SIGNS = /[\s_\-.()[\]*:/]+/g;

/** One form for labels and synonyms that differ only in case, accents or the spaces around them. */
export function fold(text: string): string {
  return text.trim().normalize("NFD").replace(MARKS, "").toLowerCase();
}

/** One form for labels that differ in their signs as well: `Preço_de-venda*` is `preco de venda`. */
export function labelKey(label: string): string {
  return fold(label.replace(LABEL_SIGNS, " ")).replace(/ +/g, " ");
}

export function codePointLength(text: string): number {
  let length = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    const isPair = (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (isPair) {
      length--;
      i++;
    }
  }
  return length;
}

/** The first `max` code points. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = 0;
  for (let left = max; left > 0 && end < text.length; left--) {
    end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}
