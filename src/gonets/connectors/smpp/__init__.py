"""An upstream over SMPP 3.4, to which we are the ESME.

`settings` is what can be set, `outgoing` writes parts, `answers` are the tables of what comes back, `incoming` reads
receipts and messages from phones, `querying` knows what is to be asked after, `ids` how the upstream writes its ids.
`connection` is one session on its socket, `link` the connector that keeps several.
"""

from gonets.connectors.smpp.link import Smpp
from gonets.connectors.smpp.settings import MEANINGS, SmppSettings

__all__ = ["MEANINGS", "Smpp", "SmppSettings"]
