"""`gonets demo`: a whole gateway with simulated phones, and a first message through every protocol.

`commands` is what a person calls, `house` what the demo is made of. `asking` has requests as lines to type and as they
are sent: `curl` those over HTTP, `esme` those over SMPP; `doors` says where they go, and `shell` how a line is quoted.
`showing` has what a show is, one module per protocol its shows, `shows` all of them in their order, and `tour` sends
them and watches what becomes of them.
"""

from gonets.cli.demo.commands import register

__all__ = ["register"]
