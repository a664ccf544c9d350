"""`gonets account`: who may send, and under which settings. Their logins are in `login`, their money in `ledger`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given, ledger, login, policy, profile, push, replay
from gonets.cli.console import (
    Column,
    CommandRefused,
    JsonOption,
    on_off,
    say,
    show_facts,
    show_table,
    write_json,
)
from gonets.cli.login import LoginFacts, LoginProtocol, NameArgument, PasswordOption, ProtocolOption
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.cli.policy import Policy, PolicyFacts
from gonets.cli.profile import ProfileFacts
from gonets.model.money import Millionths, format_amount

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gonets.model.account import Account

_LATER: Final = "a running gateway knows within seconds"

# Where an option is not given, `add` takes the default and `change` leaves what is.
GroupOption = Annotated[
    str | None, typer.Option("--group", help="The tariff group that prices its messages.")
]
CurrencyOption = Annotated[str | None, typer.Option("--currency", help="Three letters.")]
OverdraftOption = Annotated[str | None, typer.Option("--overdraft", help="How far below zero it may go.")]
CountryOption = Annotated[
    str | None, typer.Option("--country", help="Completes national numbers: RU, UA, TJ.")
]
ZoneOption = Annotated[str | None, typer.Option("--zone", help="Of its dates, such as Europe/Moscow.")]
AnySenderOption = Annotated[
    bool | None, typer.Option("--any-sender/--registered-senders", help="Which sender names it may use.")
]
DefaultSenderOption = Annotated[
    str | None, typer.Option("--default-sender", help="Where a message names none.")
]
PushUrlOption = Annotated[
    str | None, typer.Option("--push-url", help="Where final statuses go; '': nowhere.")
]
PushBatchOption = Annotated[int | None, typer.Option("--push-batch", help="Statuses in one push, 1 to 100.")]
BindsOption = Annotated[
    int | None,
    typer.Option("--smpp-binds", min=0, max=10_000, help="SMPP sessions at the same time; 0: any number."),
]
WindowOption = Annotated[
    int | None,
    typer.Option("--smpp-window", min=1, max=10_000, help="Unanswered messages in one SMPP session."),
]
BatchJsonOption = Annotated[
    bool | None,
    typer.Option("--batch-json/--batch-as-printed", help="How SMS2 answers a batch of phone numbers."),
]


class SenderFacts(msgspec.Struct, frozen=True):
    """A registered sender as scripts read it."""

    name: str
    state: str


class AccountFacts(msgspec.Struct, frozen=True):
    """An account as scripts read it."""

    id: int
    name: str
    enabled: bool
    balance: str
    overdraft: str
    currency: str
    group: str
    home_country: str
    zone: str
    any_sender: bool
    default_sender: str
    push_url: str
    push_batch: int
    push_kind: str
    push_fields: list[str]
    smpp_binds: int
    smpp_window: int
    batch_json: bool
    guards: PolicyFacts
    logins: list[LoginFacts]
    profiles: list[ProfileFacts]
    senders: list[SenderFacts]


class Wanted(msgspec.Struct, frozen=True):
    """Settings as they were typed; None: not given."""

    group: str | None
    currency: str | None
    overdraft: str | None
    country: str | None
    zone: str | None
    any_sender: bool | None
    default_sender: str | None
    push_url: str | None
    push_batch: int | None
    smpp_binds: int | None
    smpp_window: int | None
    batch_json: bool | None
    policy: Policy


def add(
    name: NameArgument,
    with_login: Annotated[str | None, typer.Option("--login", help="Lets it log in.")] = None,
    password: PasswordOption = None,
    protocol: ProtocolOption = LoginProtocol.MFMS,
    topup: Annotated[str | None, typer.Option("--topup", help="Money to begin with.")] = None,
    group: GroupOption = "standard",
    currency: CurrencyOption = "RUB",
    overdraft: OverdraftOption = "0",
    country: CountryOption = "RU",
    zone: ZoneOption = "UTC",
    any_sender: AnySenderOption = False,
    default_sender: DefaultSenderOption = "",
    push_url: PushUrlOption = "",
    push_batch: PushBatchOption = 100,
    smpp_binds: BindsOption = 0,
    smpp_window: WindowOption = 100,
    batch_json: BatchJsonOption = False,
    duplicate_window: policy.DuplicateOption = None,
    flood: policy.FloodOption = None,
    rate: policy.RateOption = None,
    network: policy.NetworkOption = None,
    quiet: policy.QuietOption = None,
    resend: policy.ResendOption = None,
    refuse_when_down: policy.DownOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add an account, with a login if you like.

    With an MFMS login comes the profile [bold]NAME/connector0[/bold], with which its URLs begin.
    """
    from gonets.model.account import Account, Credential, Profile
    from gonets.model.message import AccountId
    from gonets.stores import money, settings

    place = find_config(config, data)
    guards = Policy(duplicate_window, flood, rate, network, quiet, resend, refuse_when_down)
    wanted = Wanted(
        group,
        currency,
        overdraft,
        country,
        zone,
        any_sender,
        default_sender,
        push_url,
        push_batch,
        smpp_binds,
        smpp_window,
        batch_json,
        guards,
    )
    blank = Account(AccountId(0), name, "", "", Millionths(0), "", settings.zone_of("UTC"))
    new = _changed(blank, wanted)
    if with_login is not None:
        new = policy.guarded(new, guards, protocol)
    first = None if topup is None else ledger.incoming(topup)
    if password is not None and with_login is None:
        raise CommandRefused("--password is for a login; give --login too")
    kept: tuple[Credential, ...] = ()
    if with_login is not None:
        kind = login.check_kind(protocol, None)
        secret = login.new_secret(password, kind, login.check_login(with_login))
        kept = login.credentials(place, new.id, protocol, with_login, kind, secret)
    at = datetime.now(UTC)
    with changing(place) as connection:
        account = settings.add_account(connection, new, at)
        for each in kept:
            settings.add_credential(connection, msgspec.structs.replace(each, account=account))
        if with_login is not None and protocol is LoginProtocol.MFMS:
            settings.add_profile(connection, Profile(account, name, "connector0"))
        if first is not None:
            money.top_up(connection, account, first, "to begin with", at)
    say(f"Account {name} added.", "green")
    if with_login is not None and protocol is LoginProtocol.MFMS:
        say(f"Its URLs begin with /{name}/connector0/, its login is {with_login}.")
    if first is None:
        say(f"Its balance is 0.00: gonets account topup {name} AMOUNT")


def list_accounts(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List the accounts with their balances."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        found = [_facts(connection, account) for account in settings.list_accounts(connection)]
    if as_json:
        write_json(found)
        return
    columns = (
        Column("name", wrap=True),
        Column("balance", right=True),
        Column("group", wrap=True),
        Column("country"),
        Column("zone", cut=True),
        Column("logins", cut=True),
        Column("is"),
    )
    rows = (
        (
            each.name,
            f"{each.balance} {each.currency}",
            each.group,
            each.home_country,
            each.zone,
            login.shown(each.logins),
            on_off(each.enabled),
        )
        for each in found
    )
    show_table(columns, rows, "There are no accounts yet: gonets account add NAME")


def show(
    name: NameArgument, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Show one account: its settings, money, logins, profiles and senders."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        facts = _facts(connection, settings.find_account(connection, name))
    if as_json:
        write_json(facts)
        return
    named = ", ".join(f"{each.name} ({each.state})" for each in facts.senders)
    pushed = (
        f"{facts.push_url} (up to {facts.push_batch} at once, {facts.push_kind})"
        if facts.push_url
        else "nowhere"
    )
    overdraft = f", may go {facts.overdraft} below zero" if facts.overdraft != "0.00" else ""
    show_facts(
        (
            ("name", facts.name),
            ("is", on_off(facts.enabled)),
            ("balance", f"{facts.balance} {facts.currency}{overdraft}"),
            ("tariff group", facts.group),
            ("home country", facts.home_country),
            ("time zone", facts.zone),
            ("logins", login.shown(facts.logins) or "none"),
            ("MFMS profiles", ", ".join(f"{each.client}/{each.name}" for each in facts.profiles) or "none"),
            (
                "senders",
                ", ".join(filter(None, ("any" if facts.any_sender else "", named))) or "none registered",
            ),
            ("default sender", facts.default_sender or "none"),
            ("statuses go to", pushed),
            (
                "SMPP sessions",
                f"{facts.smpp_binds or 'any number'}, each with a window of {facts.smpp_window}",
            ),
            *((("SMS2 batches", "answered in JSON"),) if facts.batch_json else ()),
            *policy.shown(facts.guards),
        )
    )


def change(
    name: NameArgument,
    group: GroupOption = None,
    currency: CurrencyOption = None,
    overdraft: OverdraftOption = None,
    country: CountryOption = None,
    zone: ZoneOption = None,
    any_sender: AnySenderOption = None,
    default_sender: DefaultSenderOption = None,
    push_url: PushUrlOption = None,
    push_batch: PushBatchOption = None,
    smpp_binds: BindsOption = None,
    smpp_window: WindowOption = None,
    batch_json: BatchJsonOption = None,
    duplicate_window: policy.DuplicateOption = None,
    flood: policy.FloodOption = None,
    rate: policy.RateOption = None,
    network: policy.NetworkOption = None,
    quiet: policy.QuietOption = None,
    resend: policy.ResendOption = None,
    refuse_when_down: policy.DownOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Change settings of an account; what is not named stays."""
    from gonets.stores import settings

    guards = Policy(duplicate_window, flood, rate, network, quiet, resend, refuse_when_down)
    wanted = Wanted(
        group,
        currency,
        overdraft,
        country,
        zone,
        any_sender,
        default_sender,
        push_url,
        push_batch,
        smpp_binds,
        smpp_window,
        batch_json,
        guards,
    )
    if _is_nothing(guards) and all(value in (None, guards) for value in msgspec.structs.astuple(wanted)):
        raise CommandRefused("nothing to change; `gonets account change --help` lists what can be")
    with changing(find_config(config, data)) as connection:
        account = settings.find_account(connection, name)
        settings.change_account(connection, _changed(account, wanted))
    say(f"Account {name} changed; {_LATER}.", "green")


def enable(name: NameArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Let an account in again."""
    _switch(name, True, config, data)


def disable(name: NameArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Keep an account out; what it sent before goes on."""
    _switch(name, False, config, data)


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Accounts: who may send, how they log in, what they have.", no_args_is_help=True)
    group.command(
        "add",
        epilog=given.examples(
            "gonets account add shop --login shop --any-sender --topup 100",
            "gonets account add bank --zone Europe/Moscow --push-url https://bank.example/sms",
        ),
    )(add)
    group.command("list", epilog=given.examples("gonets account list --json"))(list_accounts)
    group.command("show", epilog=given.examples("gonets account show shop"))(show)
    group.command(
        "change",
        epilog=given.examples(
            "gonets account change shop --overdraft 50",
            "gonets account change shop --push-url ''",
            "gonets account change shop --smpp-binds 4 --smpp-window 50",
            "gonets account change shop --duplicate-window 60s --flood 5/10s --rate 100",
            "gonets account change shop --network 192.0.2.0/24 --network 2001:db8::/32",
            "gonets account change shop --quiet 22:00-08:00 --resend never_lost",
        ),
    )(change)
    group.command("enable", epilog=given.examples("gonets account enable shop"))(enable)
    group.command("disable", epilog=given.examples("gonets account disable shop"))(disable)
    login.register(group)
    ledger.register_entries(group)
    profile.register(group)
    push.register(group)
    replay.register(group)
    app.add_typer(group, name="account", rich_help_panel=panel)


def _changed(account: "Account", wanted: Wanted) -> "Account":
    """The account with what is wanted in place of what was, checked. Raises CommandRefused, SettingRefused."""
    from gonets.stores import settings

    new: Account = msgspec.structs.replace(
        account,
        group=_either(wanted.group, account.group),
        currency=_either(wanted.currency, account.currency).upper(),
        overdraft=account.overdraft if wanted.overdraft is None else given.price(wanted.overdraft),
        home_country=_either(wanted.country, account.home_country).upper(),
        zone=account.zone if wanted.zone is None else settings.zone_of(wanted.zone),
        any_sender=account.any_sender if wanted.any_sender is None else wanted.any_sender,
        default_sender=_either(wanted.default_sender, account.default_sender),
        push_url=_either(wanted.push_url, account.push_url),
        push_batch=account.push_batch if wanted.push_batch is None else wanted.push_batch,
        smpp_binds=account.smpp_binds if wanted.smpp_binds is None else wanted.smpp_binds,
        smpp_window=account.smpp_window if wanted.smpp_window is None else wanted.smpp_window,
        batch_json=account.batch_json if wanted.batch_json is None else wanted.batch_json,
    )
    new = policy.changed(new, wanted.policy)
    for right, sentence in (
        (_is_name(new.name) and "/" not in new.name, "a name has 1 to 64 characters and no slash"),
        (_is_name(new.group), "a tariff group has 1 to 64 characters"),
        (_is_code(new.currency, 3), f"{new.currency!r} is no currency; write three letters such as RUB"),
        (_is_code(new.home_country, 2), f"{new.home_country!r} is no country; write two letters such as RU"),
        (
            len(new.default_sender) <= 15 and new.default_sender.isascii(),
            "a sender has up to 11 Latin letters",
        ),
        (
            not new.push_url or new.push_url.startswith(("http://", "https://")),
            f"{new.push_url!r} is no URL to call; it begins with http:// or https://",
        ),
        (1 <= new.push_batch <= 100, "a push carries 1 to 100 statuses"),
    ):
        if not right:
            raise CommandRefused(sentence)
    return new


def _is_nothing(guards: Policy) -> bool:
    return not guards.networks and guards == Policy(networks=guards.networks)


def _either(wanted: str | None, was: str) -> str:
    return was if wanted is None else wanted


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= 64 and text.isprintable() and text == text.strip()


def _is_code(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isalpha()


def _switch(name: str, enabled: bool, config: Path | None, data: Path | None) -> None:
    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        account = settings.find_account(connection, name)
        settings.change_account(connection, msgspec.structs.replace(account, enabled=enabled))
    say(f"Account {name} is {'on' if enabled else 'off'}; {_LATER}.", "green")


def _facts(connection: "Connection", account: "Account") -> AccountFacts:
    from gonets.stores import settings

    return AccountFacts(
        id=account.id,
        name=account.name,
        enabled=account.enabled,
        balance=format_amount(settings.balance_of(connection, account.id)),
        overdraft=format_amount(account.overdraft),
        currency=account.currency,
        group=account.group,
        home_country=account.home_country,
        zone=account.zone.key,
        any_sender=account.any_sender,
        default_sender=account.default_sender,
        push_url=account.push_url,
        push_batch=account.push_batch,
        push_kind=account.push_kind.value,
        push_fields=list(account.push_fields),
        smpp_binds=account.smpp_binds,
        smpp_window=account.smpp_window,
        batch_json=account.batch_json,
        guards=policy.facts(account),
        logins=login.facts(
            each for each in settings.list_credentials(connection) if each.account == account.id
        ),
        profiles=[
            profile.facts(each, account.name)
            for each in settings.list_profiles(connection)
            if each.account == account.id
        ],
        senders=[
            SenderFacts(name, state.value) for _, name, state in settings.list_senders(connection, account.id)
        ],
    )
