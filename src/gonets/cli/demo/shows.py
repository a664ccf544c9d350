"""All the shows of the demo, in the order in which they are sent."""

from typing import Final

from gonets.cli.demo import mfms, osonsms

SHOWS: Final = (*mfms.SHOWS, *osonsms.SHOWS)
