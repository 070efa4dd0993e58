"""Simulated games: one that is played now by the public API, and one of the past, with known cheats."""
