"""An upstream over HTTP: a provider, or another gateway, that is asked and answers.

`link` is the connector; what is said to a provider, and what its answers mean, it learns from the sending half of a
protocol (`ports.edges.Sending`). `settings` is what can be set of any such link, `asking` decides when the state of
what is away is asked for, `backing` when nothing is sent for a while.
"""

from gonets.connectors.http.link import Http
from gonets.connectors.http.settings import MEANINGS, HttpSettings

__all__ = ["MEANINGS", "Http", "HttpSettings"]
