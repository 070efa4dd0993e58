"""PostgreSQL and Valkey from wheels, started by the scripts when no outside server is named.

Nothing here knows Django: the project only ever sees `DATABASE_URL`, `REDIS_URL` and the key files.
"""
