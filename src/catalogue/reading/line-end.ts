const LF = 0x0a;
const CR = 0x0d;

export function lineEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== LF && bytes[at] !== CR) at++;
  return at;
}

export function behindLineEnd(bytes: Uint8Array, at: number, to: number): number {
  return at + 1 < to && bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : Math.min(at + 1, to);
}
