import { parseArgs, type ParseArgsConfig } from "node:util";

/** The command was called in a way it does not know. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The parsed options of a command that takes nothing but options. */
export function readOptions<const T extends NonNullable<ParseArgsConfig["options"]>>(options: T) {
  try {
    return parseArgs({ options, allowPositionals: false, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function readInteger(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not "${text}".`);
  }
  return value;
}

/** Runs a command: wrong use exits with 2 and the usage, any other failure with 1 and its message. */
export async function runCommand(usage: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(isUsage ? `${message}\n\n${usage}\n` : `${message}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}
