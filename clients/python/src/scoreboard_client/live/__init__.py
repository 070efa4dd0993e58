"""Live boards: the subscription as a flow, and the blocking and asyncio iterators that run it."""
