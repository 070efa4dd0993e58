"""PostgreSQL and Valkey from Python wheels. The scripts start them if no outside server is configured.

Nothing here uses Django: the project only sees `DATABASE_URL`, `REDIS_URL` and the key files.
"""
