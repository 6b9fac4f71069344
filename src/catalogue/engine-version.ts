/**
 * The same bytes, profile and engine version make the same report, byte for byte. Raised by hand with every change of
 * what is found, of how a report is written, and of what is rendered from one.
 */
export const ENGINE_VERSION = "1.0.0";
