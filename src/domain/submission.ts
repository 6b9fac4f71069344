/** The private members of a job as its `job.submitted` event says them. Pure. */

import type { PrivateMembers, PrivateName } from "./job";

/** What each is called in an event's data. */
const NAMES = {
  sellerId: "seller_id",
  callbackUrl: "callback_url",
  metadata: "metadata",
} as const satisfies Record<PrivateName, string>;

type Data = Readonly<Record<string, unknown>>;

/** A seller is always spoken of, be there one or not; the others only where they are. */
export const withPrivate = (data: Data, { sellerId, callbackUrl, metadata }: PrivateMembers): Data => ({
  ...data,
  seller_id: sellerId,
  ...(callbackUrl === null ? {} : { callback_url: callbackUrl }),
  ...(metadata === null ? {} : { metadata }),
});

export const withoutPrivate = (data: Data, names: readonly PrivateName[]): Data => {
  const gone: readonly string[] = names.map((name) => NAMES[name]);
  return Object.fromEntries(Object.entries(data).filter(([name]) => !gone.includes(name)));
};

/** As its tenant sees it: what is gone is as if never said. */
export const toldWithout = (data: Data, names: readonly PrivateName[]): Data => ({
  [NAMES.sellerId]: null,
  ...withoutPrivate(data, names),
});
