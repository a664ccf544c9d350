"""A mail server as an upstream, to which e-mails are handed over SMTP.

`settings` is what can be set, `outgoing` makes a mail of a part, `answers` are the tables of what the server says.
`connection` is one session, `link` the connector that keeps several.
"""

from gonets.connectors.smtp.link import Smtp
from gonets.connectors.smtp.settings import MEANINGS, SmtpSettings

__all__ = ["MEANINGS", "Smtp", "SmtpSettings"]
