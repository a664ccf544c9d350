"""All the shows of the demo, in the order in which they are sent."""

from typing import Final

from gonets.cli.demo import mfms, osonsms, smpp, sms2, smsclub

SHOWS: Final = (*mfms.SHOWS, *sms2.SHOWS, *smsclub.SHOWS, *osonsms.SHOWS, *smpp.SHOWS)
