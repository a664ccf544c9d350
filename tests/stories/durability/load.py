"""A client under full steam: dozens of MFMS requests in flight over kept-alive connections, in a thread of its own.

It remembers what it asked and what it was told, and never asks for the same message twice: what a store holds can be
held against it. What it sends is by chance from a seed.
"""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple
from urllib.parse import quote

from gonets.connectors.simulator.endings import ENDINGS, SUFFIX
from tests.processes import LOGIN, PASSWORD

_PAUSE_S: Final = 0.01
"""Before a worker looks again whether there is a gateway to talk to, and after an answer that it may try again."""
_PATIENCE_S: Final = 30.0
_CREDENTIALS: Final = f"login={LOGIN}&password={quote(PASSWORD)}"
EVERY_ENDING: Final = tuple(each.digits for each in ENDINGS)
_WORDS: Final = ("snow", "мороз", "ice", "снег", "wind", "ветер €", "frost")


class Wanted(NamedTuple):
    """A message as the client meant it."""

    client_id: str
    recipient: str
    text: str


class Answer(NamedTuple):
    """A whole HTTP answer."""

    status: int
    body: str
    keeps: bool
    """The connection stays open."""


class TornAnswer(EOFError):
    """The connection ended within an answer."""


class Load:
    """Workers that send until they are told to stop; `running` starts them.

    Everything it tells may be read while it runs.
    """

    def __init__(
        self,
        seed: int,
        workers: int = 32,
        endings: Sequence[str] = EVERY_ENDING,
        most: int = 2**31,
    ) -> None:
        """`endings`: last four digits that some of the recipients have; `most`: requests in all."""
        self.port: int | None = None
        """Of the gateway; None: there is none to talk to."""
        self.wanted: dict[str, Wanted] = {}
        """All that may have reached a gateway, by client id."""
        self.requests: list[list[str]] = []
        """The client ids of each request that was written."""
        self.taken: dict[int, str] = {}
        """Acknowledged: the client id of each provider id."""
        self.refused: Counter[str] = Counter()
        """Rows that were not `ok`, by code, and answers other than HTTP 200, by their body."""
        self.unanswered: list[str] = []
        """Client ids of requests whose connection ended before a whole answer."""
        self.torn: list[str] = []
        """Those of them of whose answer a part came."""
        self.broken: list[str] = []
        """Answers that no protocol has, whole or in part."""
        self._chance = random.Random(seed)
        self._workers = workers
        self._endings = endings
        self._left = most
        self._stopping = False
        self._count = 0

    @contextmanager
    def running(self, port: int | None = None) -> Iterator["Load"]:
        """Let it run beside; at the end it is stopped."""
        self.port = port
        thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load")
        thread.start()
        try:
            yield self
        finally:
            self._stopping = True
            thread.join()

    def finish(self) -> None:
        """Begin no more requests."""
        self._stopping = True

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as workers:
            for _ in range(self._workers):
                workers.create_task(self._work())

    async def _work(self) -> None:
        while not self._stopping and self._left > 0:
            port = self.port
            if port is None:
                await asyncio.sleep(_PAUSE_S)
                continue
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(_PAUSE_S)
                continue
            try:
                while not self._stopping and self._left > 0 and await self._ask(reader, writer):
                    pass
            finally:
                writer.close()
                try:
                    await writer.wait_closed()
                except OSError:
                    pass

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and what came of it; whether the connection may carry another."""
        self._left -= 1
        messages = self._messages()
        ids = [message.client_id for message in messages]
        self.wanted.update({message.client_id: message for message in messages})
        self.requests.append(ids)
        writer.write(send_request(messages))
        try:
            answer = await asyncio.wait_for(read_answer(reader), _PATIENCE_S)
        except ValueError as error:
            self.broken.append(str(error))
            return False
        except TimeoutError:
            self.broken.append(f"no answer to {ids} within {_PATIENCE_S:g} seconds")
            return False
        except (OSError, EOFError) as error:
            self.unanswered += ids
            if isinstance(error, TornAnswer):
                self.torn += ids
            return False
        if answer.status != 200:
            self.refused[f"{answer.status} {answer.body}"] += len(ids)
            await asyncio.sleep(_PAUSE_S)
            return answer.keeps
        rows = answer.body.split("\n")
        if len(rows) != len(ids):
            self.broken.append(answer.body)
            return False
        for client_id, row in zip(ids, rows, strict=True):
            code, echo, *provider = row.split(";")
            if echo != client_id or len(provider) != 1:
                self.broken.append(row)
            elif code == "ok":
                self.taken[int(provider[0])] = client_id
            else:
                self.refused[code] += 1
        return answer.keeps

    def _messages(self) -> list[Wanted]:
        """One message, or now and then several."""
        chance = self._chance
        messages = []
        for _ in range(chance.randint(2, 6) if chance.random() < 0.1 else 1):
            self._count += 1
            client_id = f"c{self._count}"
            last = (
                chance.choice(self._endings)
                if self._endings and chance.random() < 0.15
                else f"{chance.randrange(9900):0{SUFFIX}d}"
            )
            recipient = f"79{chance.randrange(10**5):05d}{last}"
            text = f"{client_id} is here"
            if chance.random() < 0.1:
                text += "".join(f" {chance.choice(_WORDS)}" for _ in range(chance.randint(10, 60)))
            messages.append(Wanted(client_id, recipient, text))
        return messages


def send_request(messages: Sequence[Wanted]) -> bytes:
    """The whole HTTP request that asks to send these."""
    fields = "".join(
        f"&subject[{m.client_id}]=Gonets&address[{m.client_id}]={m.recipient}&text[{m.client_id}]={quote(m.text)}"
        for m in messages
    )
    return _get(f"/{LOGIN}/connectorX/send?{_CREDENTIALS}{fields}")


def status_request(provider_ids: Sequence[int]) -> bytes:
    """The whole HTTP request that asks where these stand."""
    fields = "".join(f"&providerId[{index}]={provider}" for index, provider in enumerate(provider_ids))
    return _get(f"/{LOGIN}/connectorX/status?{_CREDENTIALS}{fields}")


def _get(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: gonets\r\n\r\n".encode("ascii")


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """A whole answer. Raises EOFError or OSError when it ends before, ValueError when it is none."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise TornAnswer from error
        raise
    version, status, *_ = head[0].split(" ")
    if version != "HTTP/1.1":
        raise ValueError(f"no HTTP answer: {head[0]}")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    try:
        body = await reader.readexactly(int(fields["content-length"]))
    except (OSError, EOFError) as error:
        raise TornAnswer from error
    return Answer(int(status), body.decode(), fields.get("connection") != "close")


def statuses(port: int, provider_ids: Sequence[int], at_once: int = 100) -> dict[int, str]:
    """The status word of each, asked over MFMS `at_once` to a request; fails where one is not known."""

    async def ask() -> dict[int, str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        words: dict[int, str] = {}
        try:
            for start in range(0, len(provider_ids), at_once):
                some = provider_ids[start : start + at_once]
                writer.write(status_request(some))
                answer = await asyncio.wait_for(read_answer(reader), _PATIENCE_S)
                assert answer.status == 200, answer
                for provider, row in zip(some, answer.body.split("\n"), strict=True):
                    code, echo, word, date, _reason = row.split(";")
                    assert (code, echo, len(date)) == ("ok", str(provider), 19), row
                    words[provider] = word
        finally:
            writer.close()
            await writer.wait_closed()
        return words

    return asyncio.run(ask())
