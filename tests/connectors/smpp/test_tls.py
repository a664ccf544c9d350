"""Over TLS a link knows whom it speaks to, or does not speak."""

from pathlib import Path

import pytest

from gonets.connectors.smpp import Smpp, SmppSettings
from gonets.model.results import Sent
from gonets.servers.tls import own_certificate, server_context
from tests.clocks import START, TravelClock
from tests.connectors.smpp.peer import Smsc, Wired, part, until
from tests.contract.house import told


def test_an_upstream_whose_certificate_is_trusted_is_spoken_to(tmp_path: Path) -> None:
    @told
    async def story() -> None:
        cert, key = own_certificate(tmp_path, START)
        smsc = Smsc(server_context(cert, key))
        async with Wired(smsc, tls=True, ca_file=str(cert), server_name="localhost") as wired:
            wired.link.send([part(1)])
            wired.peer.take(await wired.peer.gets(), "1")
            assert await wired.settled(1) == [Sent("1")]

    story()


@pytest.mark.parametrize(("trusted", "name"), [(False, "localhost"), (True, "smsc.example.net")])
def test_one_that_is_not_trusted_or_has_another_name_is_not(tmp_path: Path, trusted: bool, name: str) -> None:
    @told
    async def story() -> None:
        cert, key = own_certificate(tmp_path, START)
        smsc = Smsc(server_context(cert, key))
        ca_file = str(cert) if trusted else ""
        async with Wired(smsc, bound=False, tls=True, ca_file=ca_file, server_name=name) as wired:
            await until(lambda: wired.clock.sleepers > 1)  # its timers, and the line that waits to try again
            assert wired.link.room() == 0
            assert all(peer.bind is None for peer in smsc.peers)

    story()


def test_a_file_of_certificates_that_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for file in (tmp_path / "missing.pem", empty):
        with pytest.raises(OSError):  # noqa: PT011 - either kind of it
            Smpp("alpha", SmppSettings(host="a", tls=True, ca_file=str(file)), TravelClock())
