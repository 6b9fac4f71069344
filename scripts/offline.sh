#!/bin/sh
# Runs a tool so that it asks nothing, sends nothing and writes no log outside the project (compare edge/offline.ts).
export CI=1 CLOUDFLARE_CF_FETCH_ENABLED=false
export WRANGLER_HIDE_BANNER=true WRANGLER_LOG=error WRANGLER_WRITE_LOGS=false
export WRANGLER_SEND_ERROR_REPORTS=false WRANGLER_SEND_METRICS=false
exec "$@"
