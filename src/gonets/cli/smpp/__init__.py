"""`gonets smpp`: a small ESME for trying an SMSC out, ours or anybody's. It needs no gateway of ours, and no folder.

`commands` is what a person calls, `texts` makes a text into requests, `sending` has what is told of them, and `esme`
is the session over a socket.
"""

from gonets.cli.smpp.commands import register

__all__ = ["register"]
