"""The serving half of SMPP: PDUs of a client to what it asks, and what that came to back to PDUs. Pure functions.

Two kinds of accounts: those of SMSC.ru's customers (protocol `smsc`) with its text commands and comments, and plain
ones (`smpp`, and SMS Club's customers, `smsclub`), for which data_coding is all there is to know.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, assert_never

import msgspec

from gonets.model.account import Account
from gonets.model.calls import Login, Submission
from gonets.model.message import MessageId, Pending, State
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Cancelled, Found, Refused, Replaced
from gonets.ports.edges import SmppOutcome
from gonets.ports.stores import Mail, Notice, Said
from gonets.protocols.smsc import commands
from gonets.protocols.smsc.phones import said_of
from gonets.protocols.smsc.reading import Reader
from gonets.protocols.smsc.receipts import receipt_of
from gonets.protocols.smsc.tables import MESSAGE_STATES, command_status, error_of, status_text
from gonets.rules.proofs import OVER_SMPP
from gonets.wire.smpp import times, tlvs
from gonets.wire.smpp.codes import INTERFACE_VERSION, Command, Status, Tag
from gonets.wire.smpp.coding import SYSTEM_TYPE_ISO
from gonets.wire.smpp.pdu import (
    Bind,
    BindResp,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSm,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    SmeAddress,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unsuccess,
    answer_to,
)
from gonets.wire.smpp.segments import Unfit

SYSTEM_ID: Final = "Gonets"
"""What we say of ourselves in the answer to a bind."""

ProtocolOf = Callable[[str, Sequence[str]], str]
"""Of a system_id, and the protocols that it may be a login of: the first that it is."""

_ID: Final = re.compile("0*([1-9][0-9]{0,18})", re.ASCII)
_LARGEST_ID: Final = 2**63 - 1
_MOST_ERROR: Final = 0xFF
_MULTI: Final = Command.SUBMIT_MULTI
_FINAL: Final = frozenset(state.status for state in State if state.final)


class Unread(Refused, frozen=True, gc=False):
    """A refusal that has a command_status of its own."""

    command_status: int = 0


class Conversation(msgspec.Struct, frozen=True):
    """What is known of a session that is bound: how its messages are read. `ports.edges.SmppReading`."""

    reader: Reader

    def read(self, request: Pdu, now: datetime) -> Sequence[Submission | Refused]:
        """The submissions of a submit_sm, data_sm or submit_multi; of one that cannot be read a sole refusal."""
        if isinstance(request, SubmitSm | DataSm):
            found = self.reader.read(request, now)
            return (_unread(found) if isinstance(found, Unfit) else found,)
        assert isinstance(request, SubmitMulti)
        every = self.reader.read_multi(request, now)
        if isinstance(every, Unfit):
            return (_unread(every),)
        return [_unread(each) if isinstance(each, Unfit) else each for each in every]

    def replacement(self, request: Pdu, pending: Pending, now: datetime) -> Submission | Refused:
        """The submission that a message would be now, had it been sent as a replace_sm has it."""
        assert isinstance(request, ReplaceSm)
        found = self.reader.read_replacement(request, pending, now)
        return _unread(found) if isinstance(found, Unfit) else found


class SmppServing:
    """See `ports.edges.SmppServing`."""

    def __init__(self, protocol_of: ProtocolOf) -> None:
        self._protocol_of = protocol_of

    def login(self, bind: Bind, address: str, first: str) -> Login:
        """Who a bind says that it is."""
        return Login(
            protocol=self._protocol_of(bind.system_id, (first, *OVER_SMPP)),
            profile="",
            login=bind.system_id,
            password=bind.password,
            address=address,
            tells_unknown=True,
        )

    def welcome(self, bind: Bind, outcome: Account | Refused) -> BindResp:
        """The answer to a bind; it has its body whatever it says."""
        answer = answer_to(bind.command_id, bind.sequence_number)
        assert isinstance(answer, BindResp)
        if isinstance(outcome, Refused):
            status = command_status(bind.command_id, outcome)
            return msgspec.structs.replace(answer, command_status=status, system_id=SYSTEM_ID)
        # A client of an earlier version knows no optional parameters (§1.7).
        speaks = bind.interface_version >= INTERFACE_VERSION
        version = (tlvs.tlv(Tag.SC_INTERFACE_VERSION, INTERFACE_VERSION),) if speaks else ()
        return msgspec.structs.replace(answer, system_id=SYSTEM_ID, tlvs=version)

    def conversation(self, who: Login, bind: Bind) -> Conversation:
        """How the messages of a session that was bound so are read."""
        if who.protocol != "smsc":
            return Conversation(Reader())
        return Conversation(Reader(bind.system_type == SYSTEM_TYPE_ISO, commands.understood))

    def message_id(self, request: Pdu) -> MessageId | None:
        """Of a query_sm, cancel_sm or replace_sm; None: what it has is no id of ours."""
        assert isinstance(request, QuerySm | CancelSm | ReplaceSm)
        found = _ID.fullmatch(request.message_id.strip())
        number = int(found[1]) if found else 0
        return MessageId(number) if 0 < number <= _LARGEST_ID else None

    def answer(self, request: Pdu, outcome: SmppOutcome) -> Pdu:
        """What is answered to a request other than a bind."""
        if isinstance(outcome, Refused):
            return _refused(request, outcome)
        number = request.sequence_number
        if isinstance(outcome, Found):
            return _found(number, outcome)
        if isinstance(outcome, Cancelled):
            done = outcome.parts > 0
            return answer_to(Command.CANCEL_SM, number, Status.ESME_ROK if done else Status.ESME_RCANCELFAIL)
        if isinstance(outcome, Replaced):
            return answer_to(Command.REPLACE_SM, number)
        return _submitted(request, outcome)

    def deliver(self, mail: Mail, account: Account) -> DeliverSm:
        """The PDU that hands a notice over, or what a phone said."""
        match mail:
            case Notice():
                return receipt_of(mail, account.zone)
            case Said():
                return said_of(mail)
            case _:
                assert_never(mail)


def _unread(unfit: Unfit) -> Unread:
    reason = Reason.BAD_TEXT if unfit.command_status is Status.ESME_RINVMSGLEN else Reason.BAD_REQUEST
    detail = unfit.detail
    if "_" not in detail.split(None, 1)[0]:  # the name of a field stays as it is written
        detail = detail[:1].upper() + detail[1:]
    return Unread(reason, f"{detail}.", command_status=unfit.command_status)


def _status(command_id: int, refused: Refused) -> int:
    return refused.command_status if isinstance(refused, Unread) else command_status(command_id, refused)


def _refused(request: Pdu, refused: Refused) -> Pdu:
    status = _status(request.command_id, refused)
    answer = answer_to(request.command_id, request.sequence_number, status)
    return msgspec.structs.replace(answer, tlvs=status_text(refused))


def _submitted(request: Pdu, results: Sequence[Accepted | Refused]) -> Pdu:
    number = request.sequence_number
    first = results[0]
    if isinstance(request, SubmitMulti) and len(results) == len(request.dest_address):
        return _submitted_to_many(request, results)
    if isinstance(first, Refused):
        return _refused(request, first)
    message_id = str(first.message)
    if isinstance(request, DataSm):
        return DataSmResp(number, message_id=message_id)
    return SubmitSmResp(number, 0, (), message_id)


def _submitted_to_many(request: SubmitMulti, results: Sequence[Accepted | Refused]) -> SubmitMultiResp:
    """The id of the first that was taken, and who was refused; where nobody was taken, the status of the first."""
    answer = SubmitMultiResp(request.sequence_number)
    taken = next((each for each in results if isinstance(each, Accepted)), None)
    refused = [
        (address, each)
        for address, each in zip(request.dest_address, results, strict=True)
        if isinstance(each, Refused)
    ]
    unsuccess = tuple(
        Unsuccess(
            address.dest_addr_ton, address.dest_addr_npi, address.destination_addr, _status(_MULTI, each)
        )
        for address, each in refused
        if isinstance(address, SmeAddress)
    )
    if taken is not None:
        return msgspec.structs.replace(answer, message_id=str(taken.message), unsuccess_sme=unsuccess)
    first = refused[0][1]
    return msgspec.structs.replace(
        answer, command_status=_status(_MULTI, first), unsuccess_sme=unsuccess, tlvs=status_text(first)
    )


def _found(number: int, found: Found) -> QuerySmResp:
    return QuerySmResp(
        number,
        message_id=str(found.message),
        final_date=times.write(found.at) if found.status in _FINAL else "",
        message_state=MESSAGE_STATES[found.status],
        error_code=min(error_of(found.status, found.error), _MOST_ERROR),
    )
