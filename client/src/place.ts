/** Where an event stands in its tenant's log, in text `EPOCH-SEQ`. An epoch begins when a tenant was restored. */
export interface Place {
  readonly epoch: number;
  readonly sequence: number;
}

/** What comes after `after`, up to and with `last`. */
export interface Stretch {
  readonly after: Place;
  readonly last: Place;
}

const EPOCH = /^(?:0|[1-9]\d{0,8})$/;
const SEQUENCE = /^(?:0|[1-9]\d{0,14})$/;

export function readPlace(epoch: string, sequence: string): Place | null {
  return EPOCH.test(epoch) && SEQUENCE.test(sequence)
    ? { epoch: Number(epoch), sequence: Number(sequence) }
    : null;
}

export function parsePlace(text: string): Place | null {
  const [epoch = "", sequence = "", ...others] = text.split("-");
  return others.length === 0 ? readPlace(epoch, sequence) : null;
}

export const placeText = ({ epoch, sequence }: Place): string => `${epoch}-${sequence}`;

export const isAfter = (a: Place, b: Place): boolean =>
  a.epoch === b.epoch ? a.sequence > b.sequence : a.epoch > b.epoch;

export const later = (a: Place, b: Place): Place => (isAfter(a, b) ? a : b);

export const earlier = (a: Place, b: Place): Place => (isAfter(a, b) ? b : a);

export const holdsPlace = ({ after, last }: Stretch, place: Place): boolean =>
  isAfter(place, after) && !isAfter(place, last);

export const isWithin = (inner: Stretch, outer: Stretch): boolean =>
  !isAfter(outer.after, inner.after) && !isAfter(inner.last, outer.last);
