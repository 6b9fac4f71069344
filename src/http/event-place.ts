import type { AskedPlace } from "../../durable-objects/tenant/operations/events";
import type { EventPlace } from "../domain/delivery-plan";

/** EPOCH-SEQ, or SEQ for the current epoch. */
export const EVENT_PLACE = /^(?:(\d{1,9})-)?(\d{1,15})$/;

/** Of a text that `EVENT_PLACE` fits. */
export function readPlace(text: string): AskedPlace {
  const [, epoch, sequence] = EVENT_PLACE.exec(text) ?? [];
  return { epoch: epoch === undefined ? null : Number(epoch), eventSeq: Number(sequence) };
}

/** With its epoch said. */
export const FULL_PLACE = /^\d{1,9}-\d{1,15}$/;
export const readFullPlace = (text: string): EventPlace => {
  const [epoch = 0, eventSeq = 0] = text.split("-").map(Number);
  return { epoch, eventSeq };
};
