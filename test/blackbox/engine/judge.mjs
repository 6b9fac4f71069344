// Runs in Node and in the browser alike: what the built package makes of some catalogues.

/** By three bytes more each time, so that no chunk ends where another one does. */
function chunked(bytes) {
  let at = 0;
  let size = 1;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
      size += 3;
    },
  });
}

function sink() {
  const parts = [];
  return {
    write: (bytes) => void parts.push(bytes.slice()),
    close: async () => {},
    base64: async () => {
      const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    },
  };
}

export async function judge({ compileProfile, SHIPPED_PROFILES, runCatalogue }, cases) {
  const told = [];
  for (const { profileId, base64 } of cases) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const [report, output] = [sink(), sink()];
    const outcome = await runCatalogue({
      source: chunked(bytes),
      compressed: false,
      maxInflatedBytes: bytes.length,
      profile: compileProfile(SHIPPED_PROFILES.get(profileId)),
      mode: "correct",
      report,
      output,
      onProgress: () => "go",
    });
    if (!outcome.ok) throw new Error(`${profileId}: ${outcome.error.detail}`);
    const { counters, findingsTotal, reading } = outcome.value;
    told.push({
      counters,
      findingsTotal,
      columns: reading.columns.map(({ label, field }) => `${label} -> ${field}`),
      report: await report.base64(),
      output: await output.base64(),
    });
  }
  return told;
}
