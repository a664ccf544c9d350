"""Where the demo's gateway listens, and what comes back when it is asked."""

from collections.abc import Mapping
from pathlib import Path

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    """Of HTTP, 0 where there was no answer and the body says why; or the exit code of `gonets smpp`."""
    body: str


class Doors(msgspec.Struct, frozen=True):
    """Where the gateway listens."""

    host: str
    """As it stands in a URL."""
    ports: Mapping[str, int]
    folder: Path
    """With the certificate to trust, and files to attach."""
    gonets: str = "gonets"
    """How this program is called."""

    @property
    def certificate(self) -> Path:
        """What to trust."""
        return self.folder / "tls-cert.pem"
