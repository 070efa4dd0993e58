#!/bin/sh
# A streaming replica of $PRIMARY. At the first start it copies the primary, which then keeps what the replica has not had.
set -eu
PGPASSWORD=$(cat "$PASSWORD_FILE")
export PGPASSWORD
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    slot=replica_$(hostname | tr -c 'a-z0-9\n' _)
    until pg_basebackup --pgdata="$PGDATA" --dbname="$PRIMARY" --write-recovery-conf --wal-method=stream \
        --checkpoint=fast --create-slot --slot="$slot"; do
        echo "The primary does not answer yet." >&2
        sleep 1
    done
    chmod 700 "$PGDATA"
fi
exec postgres "$@"
