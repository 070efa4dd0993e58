"""Finds odd scoring in the ledger. What it finds is a flag, which a moderator decides about."""
