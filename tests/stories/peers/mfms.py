"""A client of MFMS, to send and to ask with."""

import socket
from http.client import HTTPResponse

from tests.processes import GatewayProcess


def ask(front: GatewayProcess, request: bytes) -> list[list[str]]:
    """The fields of all rows of the answer."""
    with socket.create_connection(("127.0.0.1", front.ports["mfms"]), timeout=30) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        return [row.split(";") for row in answer.read().decode().split("\n")]
