#!/bin/sh
# Debian's Chromium for the browser half of the engine's parity test; says so and goes on where it cannot be had.
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null &&
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; then
  exit 0
fi
echo "NO BROWSER: chromium is not installed and cannot be; the parity test in a browser is skipped." >&2
