#!/bin/sh
# Stands in for workerd: says which process it is, and ties its life to the launcher.
[ "$PPID" = "$EDGE_LAUNCHER_PID" ] || exit 1
echo $$ >"$EDGE_RUNTIME_PID_FILE"
trap '' INT HUP # A terminal's Ctrl-C reaches the whole group; only the launcher ends the runtime.
ulimit -n "$(ulimit -H -n)" 2>/dev/null || true # Each live object holds three file descriptors.
exec "${0%/*}/../with-parent.sh" "$EDGE_RUNTIME" "$@"
