"""What must be true of a store after whatever happened, held against what the client and the phones remember."""

from collections import Counter, defaultdict
from typing import Final, NamedTuple

from sqlalchemy import select

from gonets.connectors.simulator.endings import ALWAYS, Answer, ending_of
from gonets.model.message import State
from gonets.model.results import Rejected
from gonets.protocols.mfms.tables import STATUS_WORDS
from gonets.rules.lifecycle import fold
from gonets.stores.money import check
from gonets.stores.schema import messages, parts
from gonets.stores.settings import balance_of, find_account
from tests.processes import ACCOUNT, FUNDS, PRICE, Place
from tests.stories.durability.load import Load, statuses

_REFUNDED: Final = frozenset((State.REJECTED, State.FAILED))
"""Of the states that the drills know."""


class Part(NamedTuple):
    """A part as the store has it."""

    id: int
    message: int
    number: int
    state: State


class Kept(NamedTuple):
    """A message as the store has it."""

    id: int
    client_id: str
    recipient: str
    text: str
    parts: list[Part]


def kept(place: Place) -> dict[int, Kept]:
    """All messages of a store, by id, their parts in order."""
    with place.reading() as connection:
        found: dict[int, list[Part]] = defaultdict(list)
        columns = (parts.c.id, parts.c.message_id, parts.c.number, parts.c.state)
        for row in connection.execute(select(*columns).order_by(parts.c.id)):
            found[row.message_id].append(Part(row.id, row.message_id, row.number, State(row.state)))
        query = select(messages.c.id, messages.c.client_id, messages.c.recipient, messages.c.text)
        return {
            row.id: Kept(row.id, row.client_id, row.recipient, row.text, found.pop(row.id))
            for row in connection.execute(query)
        }


def expected(recipient: str) -> State:
    """Where a part to that number of the simulated network ends when nothing is killed."""
    ending = ending_of(recipient)
    if ending.refusals == ALWAYS:
        return State.REJECTED if isinstance(ending.refusal, Rejected) else State.FAILED
    if ending.answer is Answer.LOST:
        return State.UNCERTAIN
    return ending.receipts[-1].state if ending.receipts else State.SENT


def settled(place: Place) -> bool:
    """Whether nothing more will happen: every part is final, or the network tells no more of it."""
    query = (
        select(messages.c.recipient, parts.c.state)
        .join(parts, parts.c.message_id == messages.c.id)
        .where(parts.c.state < State.DELIVERED)
    )
    with place.reading() as connection:
        return all(
            state in (expected(recipient), State.UNCERTAIN) for recipient, state in connection.execute(query)
        )


def prove(place: Place, load: Load, port: int, *, certain: bool) -> None:
    """Everything that a client, its money and its subscribers were promised, once `settled`.

    `certain`: nothing may be UNCERTAIN but what the network itself leaves so.
    """
    store = kept(place)
    for message in store.values():
        end = expected(message.recipient)
        for part in message.parts:
            doubtful = part.state is State.UNCERTAIN and not certain
            assert part.state is end or doubtful, (part, end)
    _prove_acknowledged(store, load, port)
    _prove_unacknowledged(store, load)
    _prove_received(place, store)
    _prove_money(place, store)


def _prove_acknowledged(store: dict[int, Kept], load: Load, port: int) -> None:
    """What was answered `ok` is there, as it was sent, and its status can be asked for."""
    assert not load.broken, load.broken[:5]
    lost = [provider for provider in load.taken if provider not in store]
    assert not lost, f"{len(lost)} acknowledged messages are not in the store, such as {lost[:5]}"
    for provider, client_id in load.taken.items():
        wanted = load.wanted[client_id]
        message = store[provider]
        assert (message.client_id, message.recipient, message.text) == wanted
    words = statuses(port, list(load.taken))
    for provider, word in words.items():
        folded = fold([part.state for part in store[provider].parts])
        assert word.encode() == STATUS_WORDS[folded.status], store[provider]


def _prove_unacknowledged(store: dict[int, Kept], load: Load) -> None:
    """What the client got no answer to is there whole or not at all, and nothing is there that was never asked."""
    found = Counter(message.client_id for message in store.values())
    assert found.keys() <= load.wanted.keys()
    assert all(count == 1 for count in found.values()), found.most_common(3)
    for ids in load.requests:
        assert len({client_id in found for client_id in ids}) == 1, f"half of the request {ids} is there"
    for message in store.values():
        assert [part.id for part in message.parts] == list(range(message.id, message.id + len(message.parts)))
        assert [part.number for part in message.parts] == list(range(1, len(message.parts) + 1))


def _prove_received(place: Place, store: dict[int, Kept]) -> None:
    """No phone got anything twice, and the store knows of all that they got."""
    received = place.phones()
    twice = [part for part, count in Counter(line.part for line in received).items() if count > 1]
    assert not twice, f"{len(twice)} parts were received twice, such as {twice[:5]}"
    texts = {int(line.part): line.text for line in received}
    there = {part.id: part.state for message in store.values() for part in message.parts}
    assert texts.keys() <= there.keys()
    for part, state in there.items():
        if state is State.UNCERTAIN:
            continue
        assert (part in texts) == (state not in _REFUNDED), (part, state)
    for message in store.values():
        if all(part.id in texts for part in message.parts):
            assert "".join(texts[part.id] for part in message.parts) == message.text


def _prove_money(place: Place, store: dict[int, Kept]) -> None:
    """Every part was paid once, what failed was given back once, and the ledger adds up to the balance."""
    every = [part for message in store.values() for part in message.parts]
    paid = PRICE * (len(every) - sum(part.state in _REFUNDED for part in every))
    with place.reading() as connection:
        flaws = [flaw.what for flaw in check(connection)]
        assert not flaws, flaws[:5]
        assert balance_of(connection, find_account(connection, ACCOUNT).id) == FUNDS - paid
