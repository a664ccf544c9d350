"""What the SMPP libraries of `tests.stories.smpp` and a gateway say to each other, as Wireshark sees it."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from gonets.wire.smpp.codes import Command
from tests.processes import GatewayProcess
from tests.stories.peers.wiretap import Wiretap
from tests.stories.smpp import test_aiosmpplib, test_smpplib

_RESPONSE = 0x8000_0000
_POLL_S = 0.02


def through(tap: Wiretap, gateway: GatewayProcess) -> GatewayProcess:
    """The same gateway, as one finds it behind a tap."""
    return dataclasses.replace(gateway, ports={**gateway.ports, "smpp": tap.port})


def sound(tap: Wiretap, folder: Path, submitted: int, queried: int) -> None:
    """Nothing is malformed, and everything was answered."""
    dissected = tap.dissected(folder)
    assert dissected.complaints == []
    assert dissected.commands == tap.commands()
    for command, count in ((Command.SUBMIT_SM, submitted), (Command.QUERY_SM, queried)):
        assert (dissected.commands[command], dissected.commands[command | _RESPONSE]) == (count, count)
    assert dissected.commands[Command.DELIVER_SM] == dissected.commands[Command.DELIVER_SM_RESP] > 0


def test_nothing_is_malformed_between_smpplib_and_a_gateway(gateway: GatewayProcess, tmp_path: Path) -> None:
    texts = test_smpplib.TEXTS.values()
    with Wiretap(gateway.ports["smpp"]) as tap:
        with test_smpplib.talking(through(tap, gateway)) as talk:
            ids = [each for text, encoding in texts for each in talk.send(text, encoding)]
            for use_udhi in (True, False):
                ids += talk.send(test_smpplib.LONG, test_smpplib.UCS2, use_udhi)
            talk.until(lambda: len(talk.receipts) == len(ids))
            talk.client.query_message(message_id=ids[0], source_addr="Bank")
            talk.until(lambda: talk.queried)
        sound(tap, tmp_path, len(ids), 1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it leaves its streams open
def test_nothing_is_malformed_between_aiosmpplib_and_a_gateway(
    gateway: GatewayProcess, tmp_path: Path
) -> None:
    ways = test_aiosmpplib.WAYS.values()
    submitted = sum(7 if "esm_class" in more else 1 for _, more in ways)

    async def story(tap: Wiretap) -> None:
        async with test_aiosmpplib.talking(through(tap, gateway)) as (esme, heard):
            for text, more in ways:
                await esme.broker.enqueue(test_aiosmpplib.message(text, **more))
            async with asyncio.timeout(test_aiosmpplib.PATIENCE_S):
                while tap.commands()[Command.DELIVER_SM_RESP] < submitted:
                    assert not heard.errors, heard.errors
                    await asyncio.sleep(_POLL_S)

    with Wiretap(gateway.ports["smpp"]) as tap:
        asyncio.run(story(tap))
        sound(tap, tmp_path, submitted, 0)
