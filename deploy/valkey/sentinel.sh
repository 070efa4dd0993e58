#!/bin/sh
# A Sentinel that watches the primary `board` at $PRIMARY. It writes what it learns into its own file.
set -eu
directory=$(mktemp -d)
cat > "$directory/sentinel.conf" <<END
port ${SENTINEL_PORT:-26379}
dir $directory
sentinel resolve-hostnames yes
sentinel monitor board ${PRIMARY:-redis 6379} 2
sentinel down-after-milliseconds board 2000
sentinel failover-timeout board 10000
END
exec valkey-server "$directory/sentinel.conf" --sentinel
