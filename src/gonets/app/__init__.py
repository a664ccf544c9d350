"""Where concrete classes meet: a gateway is put together here, started in order and stopped in reverse."""

from gonets.app.clock import SystemClock
from gonets.app.gateway import AlreadyRunning, Gateway, run_gateway
from gonets.app.links import phones_folder
from gonets.app.opening import open_intake, open_phonebook

__all__ = [
    "Gateway",
    "run_gateway",
    "AlreadyRunning",
    "open_intake",
    "open_phonebook",
    "phones_folder",
    "SystemClock",
]
