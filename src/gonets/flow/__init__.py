"""The story of a message, in reading order: intake, router, sender, receipts, notify, sweeper.

Stages hand over through the store, never by a call. Each is `step()`, one batch, and `run()`: step, or wait for the
bell.
"""
