/**
 * A value as its JSON text. What rests as JSON crosses from the object to the Worker as it rests: one string copies
 * faster than a tree of members is cloned.
 */
export type JsonText<T> = string & { readonly __value: T };

export const toJsonText = <T>(value: T): JsonText<T> => JSON.stringify(value) as JsonText<T>;

/** Trusts the text: it was made by `toJsonText`, here or in an earlier version whose shape still holds. */
export const fromJsonText = <T>(text: JsonText<T>): T => JSON.parse(text) as T;
