/** From a source to the first row of its table. */

import { ok, type Result } from "../../domain/result";
import type { CompiledProfile } from "../profile/compile";
import type { TableDialect } from "../profile/profile";
import { bindByOrder, bindColumns, type Binding } from "./binding";
import { decodedReader, openText } from "./decoded-reader";
import { sniff, type Sniffed } from "./dialect";
import type { DetectedEncoding, Unreadable } from "./encoding";
import { HeaderNames, type LabelMemory } from "./header-names";
import { InputWindow } from "./input-window";
import type { SourceReader } from "./source-reader";

export interface OpenedTable {
  /** Filled for the first time. */
  readonly window: InputWindow;
  readonly detected: DetectedEncoding;
  readonly sniffed: Sniffed;
  readonly binding: Binding;
}

/** `dialect` wins over the profile's own, member by member; what neither says is found out. */
export async function openTable(
  source: SourceReader,
  profile: CompiledProfile,
  dialect: TableDialect = {},
  labelMemory: LabelMemory = new Map(),
): Promise<Result<OpenedTable, Unreadable>> {
  const given = { ...profile.dialect, ...dialect };
  const opened = await openText(source, given.encoding);
  if (!opened.ok) return opened;
  const { reader, detected } = opened.value;
  const window = new InputWindow(reader);
  await window.refill(0);
  const names = new HeaderNames(profile, labelMemory);
  const sniffed = sniff({ bytes: window.bytes, length: window.length, isWhole: window.isLast }, names, given);
  if (!sniffed.ok) return sniffed;
  const { labels, headerLine } = sniffed.value.dialect;
  const binding = headerLine === null ? bindByOrder(names, labels.length) : bindColumns(names, labels);
  return ok({ window, detected, sniffed: sniffed.value, binding });
}

/** The table that was opened, from byte `offset` of its source on: `source` begins there. */
export async function goOnAt<T extends OpenedTable>(
  opened: T,
  source: SourceReader,
  offset: number,
): Promise<T> {
  const window = new InputWindow(decodedReader(source, opened.detected.encoding), offset);
  await window.refill(0);
  return { ...opened, window };
}
