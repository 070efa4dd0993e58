"""Live boards: the subscription as a flow, and what performs it, blocking or on asyncio."""
