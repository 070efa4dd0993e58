"""The audit: who changed what, when, from where and why. Append-only in PostgreSQL."""
