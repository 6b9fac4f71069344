#!/bin/sh
# Runs a command that does not outlive the process that started it, not even when that one is killed with SIGKILL.
if command -v setpriv >/dev/null 2>&1; then
  # A parent that died before the tie was made would send no signal.
  exec setpriv --pdeathsig KILL /bin/sh -c '[ "$PPID" = "$0" ] && exec "$@"' "$PPID" "$@"
fi
# Where the kernel does not tell (macOS), a watcher asks five times a second; it ends with the command.
(
  while kill -0 "$PPID" && kill -0 $$ && sleep 0.2; do :; done
  kill -0 "$PPID" || kill -KILL $$
) </dev/null >/dev/null 2>&1 3>&- &
exec "$@"
