"""What the settings of pushes may be; the commands are in `push`."""

from typing import Final

from gonets.protocols.smsc.push import FIELDS, FOUND

PUSH_FIELDS: Final = (*FIELDS, *FOUND)
"""Of SMSC.ru's form."""
LEAST_SECRET: Final = 16
WEAK_SECRET: Final = f"a secret that signs has {LEAST_SECRET} characters at least"
