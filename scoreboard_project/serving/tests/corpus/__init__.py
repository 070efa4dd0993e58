"""The requests that the fast path and Django must answer alike."""
