#!/bin/sh
# PostgreSQL's image runs this once, when it makes the database: a replica may connect, with the password.
set -eu
echo "host replication $POSTGRES_USER all scram-sha-256" >> "$PGDATA/pg_hba.conf"
