"""Background work: jobs that wait in PostgreSQL, and the process that does them."""
