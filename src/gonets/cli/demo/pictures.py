"""A picture for the demo's MMS."""

from base64 import b64decode
from typing import Final

from gonets.cli.demo.curl import Attached

LETTER: Final = Attached(
    "letter.png",
    "image/png",
    b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQMAAAAlPW0iAAAABlBMVEX///8eWqDV+EsyAAAAJ0lEQVR42mNgAIP6fwwJbAwBXAweQgwu"
        "SgxOTgyOTQwOTAgEVAAGAKc6BsqzgtgdAAAAAElFTkSuQmCC"
    ),
)
"""16 by 16 pixels of an envelope; it lies in the demo's folder, for curl to attach."""
