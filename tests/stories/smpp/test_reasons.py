"""Every reason for a refusal, provoked over SMPP against a whole gateway: command_status and what is said of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gonets.model.account import Account, Credential, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.reasons import Reason
from gonets.model.routing import ConnectorSetup, Route
from gonets.rules.proofs import hash_secret
from gonets.stores import settings, stops
from gonets.stores.money import top_up
from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import Status, Tag
from gonets.wire.smpp.pdu import BindTransceiver, Pdu, QuerySm, SubmitSmResp
from tests.processes import PASSWORD, GatewayProcess, Place, Starting, prepare, running
from tests.stories.gateway.test_reasons import without_store
from tests.stories.smpp.esme import Esme, submit

EVERYONE: Final = AccountId(0)


class Case(msgspec.Struct, frozen=True):
    """A request, and what is answered."""

    status: Status
    sentence: str = ""
    """Of the TLV, after the name of the reason."""
    account: dict[str, object] = {}
    """How the account that asks is set, other than usual; each case has an account of its own."""
    fields: dict[str, object] = {}
    """Of the message, other than usual."""
    bind: str | None = None
    """The password of a bind that is refused; None: it binds, and sends."""
    query: bool = False
    earlier: bytes | None = None
    """The text of a message that was taken a moment before; None: there was none."""
    store_is_down: bool = False


CASES: Final = {
    Reason.BAD_CREDENTIALS: Case(Status.ESME_RINVPASWD, bind="wrong"),
    Reason.ACCOUNT_BLOCKED: Case(Status.ESME_RBINDFAIL, bind=PASSWORD, account={"enabled": False}),
    Reason.HOST_NOT_ALLOWED: Case(
        Status.ESME_RBINDFAIL, bind=PASSWORD, account={"networks": ("192.0.2.0/24",)}
    ),
    Reason.TOO_MANY_REQUESTS: Case(
        Status.ESME_RTHROTTLED,
        "The account's rate is used up; slow down.",
        account={"rate": 1},
        earlier=b"Hello",
    ),
    Reason.BAD_REQUEST: Case(
        Status.ESME_RINVSCHED,
        "schedule_delivery_time: a time is 16 characters, YYMMDDhhmmsstnnp.",
        fields={"schedule_delivery_time": "tomorrow"},
    ),
    Reason.BAD_RECIPIENT: Case(
        Status.ESME_RINVDSTADR,
        "The recipient is not a phone number; write it like 79031234567.",
        fields={"destination_addr": "nobody"},
    ),
    Reason.RECIPIENT_DENIED: Case(
        Status.ESME_RINVDSTADR,
        "The recipient does not want to get messages.",
        fields={"destination_addr": "+79040000000"},
    ),
    Reason.DIRECTION_CLOSED: Case(
        Status.ESME_RINVDSTADR,
        "Messages to this direction are not open for the account.",
        fields={"destination_addr": "79051234567"},
    ),
    Reason.NO_ROUTE: Case(
        Status.ESME_RINVDSTADR,
        "No network serves this direction at present.",
        fields={"destination_addr": "12025550123"},
    ),
    Reason.BAD_SENDER: Case(
        Status.ESME_RINVSRCADR,
        "The sender has to be 1 to 11 Latin letters, digits or signs, or up to 15 digits.",
        fields={"source_addr": "far too long a name"},
    ),
    Reason.UNKNOWN_SENDER: Case(
        Status.ESME_RINVSRCADR,
        "This sender is not registered for the account; ask for it to be registered.",
        account={"any_sender": False},
    ),
    Reason.BAD_TEXT: Case(Status.ESME_RINVMSGLEN, "The text is empty.", fields={"short_message": b""}),
    Reason.BLOCKED_TEXT: Case(
        Status.ESME_RSUBMITFAIL,
        "The text holds words that may not be sent.",
        fields={"short_message": b"Play at the casino"},
    ),
    Reason.DUPLICATE: Case(
        Status.ESME_RSUBMITFAIL,
        "The same message was sent a moment ago.",
        account={"duplicate_s": 60},
        earlier=b"Hello",
    ),
    Reason.FLOOD: Case(
        Status.ESME_RTHROTTLED,
        "Too many messages to this recipient in a row; pause before the next.",
        account={"flood_most": 1, "flood_gap_s": 60},
        earlier=b"Good morning",
    ),
    Reason.NO_CREDIT: Case(
        Status.ESME_RSUBMITFAIL,
        "The balance does not cover this message; top it up.",
        fields={"destination_addr": "79061234567"},
    ),
    Reason.UNKNOWN_MESSAGE: Case(
        Status.ESME_RQUERYFAIL, "There is no such message of this account.", query=True
    ),
    Reason.UNSUPPORTED: Case(
        Status.ESME_RINVCMDID,
        "Messages of this kind cannot be sent to this direction at present.",
        fields={"short_message": b"__VIBER__: Hi", "destination_addr": "79071234567"},
    ),
    Reason.STORE_UNAVAILABLE: Case(
        Status.ESME_RSYSERR,
        "The message could not be stored; try again in a minute.",
        store_is_down=True,
    ),
    Reason.UPSTREAM_UNAVAILABLE: Case(
        Status.ESME_RSYSERR,
        "No network can be reached now; try again later.",
        account={"refuse_when_down": True},
        fields={"destination_addr": "79081234567"},
    ),
}


def test_the_table_is_total() -> None:
    assert set(CASES) == set(Reason)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """A gateway with an account for each case, and something to refuse for each."""
    place = prepare(tmp_path_factory.mktemp("strict"))
    furnish(place)
    with running(place, starting) as gateway:
        yield gateway
        assert gateway.stop() == 0


def system_id(reason: Reason) -> str:
    """Of the account of a case; a system_id has 15 characters at most."""
    return reason.value[:15]


def furnish(place: Place) -> None:
    at = datetime.now(UTC)
    secret = hash_secret(PASSWORD)
    with place.changing() as connection:
        for reason, case in CASES.items():
            usual = Account(
                id=AccountId(0),
                name=reason.value,
                group="standard",
                currency="RUB",
                overdraft=Millionths(0),
                home_country="RU",
                zone=ZoneInfo("UTC"),
                any_sender=True,
            )
            asks = settings.add_account(connection, msgspec.structs.replace(usual, **case.account), at)
            top_up(connection, asks, Millionths(100 * ONE), "to begin with", at)
            settings.add_credential(connection, Credential(asks, "smsc", system_id(reason), secret))
        stops.add(connection, EVERYONE, [79040000000])
        stops.put_words(connection, EVERYONE, "word", ["casino"])
        for channel in (Channel.SMS, Channel.VIBER):
            for prefix, price, closed in (("", 1, False), ("7905", 0, True), ("7906", 1000, False)):
                tariff = Tariff("standard", channel, prefix, Millionths(price * ONE), closed)
                settings.put_tariff(connection, tariff)
        settings.add_connector(connection, ConnectorSetup("dark", "simulator", enabled=False))
        settings.add_connector(connection, ConnectorSetup("narrow", "unheard-of", {}, enabled=False))
        settings.add_route(connection, Route(RouteId(0), "narrow", "7907", ("narrow", "phones")))
        settings.add_route(connection, Route(RouteId(0), "dark", "7908", ("dark",)))
        settings.add_route(connection, Route(RouteId(0), "russia", "7", ("phones",)))
        settings.enable_route(connection, "all", False)


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_its_status_and_its_sentence(strict: GatewayProcess, reason: Reason) -> None:
    case = CASES[reason]
    with Esme(strict.ports["smpp_smsc"]) as esme:
        bind = BindTransceiver(system_id=system_id(reason), password=case.bind or PASSWORD)
        answer = esme.ask(bind)
        if case.bind is not None:
            assert answer.command_status == case.status
            return
        assert answer.command_status == 0
        if case.earlier is not None:
            assert esme.submit(short_message=case.earlier).command_status == 0
        request: Pdu = QuerySm(message_id="7") if case.query else submit(**case.fields)
        with without_store(strict.place, case.store_is_down):
            answer = esme.ask(request)
        said = tlvs.string(answer.tlvs, Tag.ADDITIONAL_STATUS_INFO_TEXT)
        assert (Status(answer.command_status), said) == (case.status, f"{reason.value}: {case.sentence}")
        assert len(answer.tlvs) == 1
        if isinstance(answer, SubmitSmResp):
            assert answer.message_id == ""


def test_a_system_id_that_there_is_not_has_a_status_of_its_own(strict: GatewayProcess) -> None:
    with Esme(strict.ports["smpp_smsc"]) as esme:
        assert esme.ask(BindTransceiver(system_id="nobody")).command_status == Status.ESME_RINVSYSID
