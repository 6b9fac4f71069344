/** What a tenant has accepted for the labels of its files: label -> field, by the channel of the rules profile. */

export const LABELS_MAX = 1_000;
export const CHANNELS_MAX = 50;

export type HeaderLabels = Readonly<Record<string, string>>;

export interface HeaderMappings {
  readonly channel: string;
  readonly labels: HeaderLabels;
  readonly updatedAtMs: number;
}
