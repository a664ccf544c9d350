"""`gonets smsc`: an SMSC for other people's tests, with nothing to prepare and nothing left behind.

It is no gateway: there are no accounts, prices, store or routes. `commands` is what a person calls, `faults` what goes
wrong for all traffic, `network` what becomes of each message, `server` the sessions, `journal` what was got.
"""

from gonets.cli.smsc.commands import register

__all__ = ["register"]
