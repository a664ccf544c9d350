"""`gonets account`: who may send, how they log in, and what they have.

Passwords are asked for where they are not given, never shown, and kept as Argon2id hashes only.
"""
# ruff: noqa: PLC0415  (what a command needs is loaded when the command runs)

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gonets.cli import given, profile
from gonets.cli.console import Column, CommandRefused, JsonOption, on_off, say, show_facts, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.money import Millionths, format_amount

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from gonets.model.account import Account

_MOST: Final = 2**62
"""Millionths that a balance may come to; the store's numbers end at twice that."""

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.", show_default=False)]


class LoginProtocol(StrEnum):
    """Protocols that log in with a password."""

    MFMS = "mfms"


# Settings of an account. Where an option is not given, `add` takes the default and `change` leaves what is.
GroupOption = Annotated[str | None, typer.Option("--group", help="The tariff group that prices its messages.")]
CurrencyOption = Annotated[str | None, typer.Option("--currency", help="Three letters, such as RUB.")]
OverdraftOption = Annotated[str | None, typer.Option("--overdraft", help="How far below zero the balance may go.")]
CountryOption = Annotated[str | None, typer.Option("--country", help="Completes national numbers: RU, UA, TJ.")]
ZoneOption = Annotated[str | None, typer.Option("--zone", help="Of its dates, such as Europe/Moscow.")]
AnySenderOption = Annotated[
    bool | None, typer.Option("--any-sender/--registered-senders", help="Whether any sender name may be used.")
]
DefaultSenderOption = Annotated[str | None, typer.Option("--default-sender", help="Where a message names none.")]
PushUrlOption = Annotated[str | None, typer.Option("--push-url", help="Where final statuses go; '' for nowhere.")]
PushBatchOption = Annotated[int | None, typer.Option("--push-batch", help="Statuses in one push, 1 to 100.")]
PasswordOption = Annotated[
    str | None, typer.Option("--password", help="Better left out: it is asked for, and not shown.")
]


def add(
    name: NameArgument,
    login: Annotated[str | None, typer.Option("--login", help="Lets it log in; asks for the password.")] = None,
    password: PasswordOption = None,
    protocol: Annotated[LoginProtocol, typer.Option("--protocol", help="What the login is for.")] = LoginProtocol.MFMS,
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
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add an account, with a login if you like.

    An MFMS login gets the profile [bold]NAME/connector0[/bold], the first two segments of the URLs it calls.
    """
    from gonets.flow.directory import hash_secret
    from gonets.model.account import Account, Credential, Profile
    from gonets.model.message import AccountId
    from gonets.stores import money, settings

    place = find_config(config, data)
    new = _changed(
        Account(AccountId(0), name, "", "", Millionths(0), "", settings.zone_of("UTC")),
        group=group,
        currency=currency,
        overdraft=overdraft,
        country=country,
        zone=zone,
        any_sender=any_sender,
        default_sender=default_sender,
        push_url=push_url,
        push_batch=push_batch,
    )
    first = None if topup is None else _more(topup)
    if password is not None and login is None:
        raise CommandRefused("--password is for a login; give --login too")
    secret = None
    if login is not None:
        _check_login(login)
        secret = hash_secret(given.new_password(password, f"Password of {login}"))
    at = datetime.now(UTC)
    with changing(place) as connection:
        account = settings.add_account(connection, new, at)
        if login is not None and secret is not None:
            settings.add_credential(connection, Credential(account, protocol, login, secret))
            settings.add_profile(connection, Profile(account, name, "connector0"))
        if first is not None:
            money.top_up(connection, account, first, "at the beginning", at)
    say(f"Account {name} added.", "green")
    if login is not None:
        say(f"Its URLs begin with /{name}/connector0/ and its login is {login}.")
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
        Column("currency"),
        Column("group", wrap=True),
        Column("country"),
        Column("zone", cut=True),
        Column("logins", cut=True),
        Column("is"),
    )
    rows = [
        (
            str(each["name"]),
            str(each["balance"]),
            str(each["currency"]),
            str(each["group"]),
            str(each["home_country"]),
            str(each["zone"]),
            _logins(each),
            on_off(bool(each["enabled"])),
        )
        for each in found
    ]
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
    push = f"{facts['push_url']} (up to {facts['push_batch']} at once)" if facts["push_url"] else "nowhere"
    profiles = facts["profiles"]
    senders = facts["senders"]
    assert isinstance(profiles, list)
    assert isinstance(senders, list)
    show_facts(
        (
            ("name", str(facts["name"])),
            ("is", on_off(bool(facts["enabled"]))),
            ("balance", f"{facts['balance']} {facts['currency']}, down to {facts['lowest_balance']}"),
            ("tariff group", str(facts["group"])),
            ("home country", str(facts["home_country"])),
            ("time zone", str(facts["zone"])),
            ("logins", _logins(facts) or "none"),
            ("MFMS profiles", ", ".join(f"{each['client']}/{each['name']}" for each in profiles) or "none"),
            ("senders", _senders(bool(facts["any_sender"]), senders)),
            ("default sender", str(facts["default_sender"] or "none")),
            ("statuses go to", push),
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
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Change settings of an account; what is not named stays."""
    from gonets.stores import settings

    place = find_config(config, data)
    with changing(place) as connection:
        was = settings.find_account(connection, name)
        new = _changed(
            was,
            group=group,
            currency=currency,
            overdraft=overdraft,
            country=country,
            zone=zone,
            any_sender=any_sender,
            default_sender=default_sender,
            push_url=push_url,
            push_batch=push_batch,
        )
        if new == was:
            raise CommandRefused("nothing to change; `gonets account change --help` lists what can be")
        settings.change_account(connection, new)
    say(f"Account {name} changed; a running gateway knows within seconds.", "green")


def enable(name: NameArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Let an account in again."""
    _switch(name, True, config, data)


def disable(name: NameArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Keep an account out; what it sent before goes on."""
    _switch(name, False, config, data)


def password(
    name: NameArgument,
    login: Annotated[str | None, typer.Option("--login", help="Which, where it has several.")] = None,
    password: PasswordOption = None,
    protocol: Annotated[LoginProtocol, typer.Option("--protocol", help="What the login is for.")] = LoginProtocol.MFMS,
    new: Annotated[bool, typer.Option("--new", help="Add the login; the account may have several.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Set the password of a login, or add a login."""
    from gonets.flow.directory import hash_secret
    from gonets.model.account import Credential
    from gonets.stores import settings

    place = find_config(config, data)
    with reading(place) as connection:
        account = settings.find_account(connection, name)
        known = [
            each.login
            for each in settings.list_credentials(connection)
            if each.account == account.id and each.protocol == protocol
        ]
    chosen = _which_login(name, known, login, new)
    secret = hash_secret(given.new_password(password, f"New password of {chosen}"))
    with changing(place) as connection:
        if new:
            settings.add_credential(connection, Credential(account.id, protocol, chosen, secret))
        else:
            settings.change_secret(connection, protocol, chosen, secret)
    say(f"The login {chosen} of {name} {'was added' if new else 'has a new password'}.", "green")


def topup(
    name: NameArgument,
    much: Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as 100 or 99.50.", show_default=False)],
    note: Annotated[str, typer.Option("--note", help="For the statement.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Enter money that came in."""
    from gonets.stores import money

    _enter(name, _more(much), note, find_config(config, data), money.top_up)


def adjust(
    name: NameArgument,
    much: Annotated[str, typer.Argument(metavar="AMOUNT", help="Up such as 5, or down such as -5.", show_default=False)],
    note: Annotated[str, typer.Option("--note", help="Why; for the statement.", show_default=False)],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Correct a balance, up or down, with a reason."""
    from gonets.stores import money

    correction = given.amount(much)
    if not correction:
        raise CommandRefused("an adjustment of 0 changes nothing")
    if not note.strip():
        raise CommandRefused("say why: --note 'paid twice'")
    _enter(name, correction, note, find_config(config, data), money.adjust)


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
        "change", epilog=given.examples("gonets account change shop --overdraft 50", "gonets account change shop --push-url ''")
    )(change)
    group.command("enable", epilog=given.examples("gonets account enable shop"))(enable)
    group.command("disable", epilog=given.examples("gonets account disable shop"))(disable)
    group.command(
        "password",
        epilog=given.examples("gonets account password shop", "gonets account password shop --login till2 --new"),
    )(password)
    group.command("topup", epilog=given.examples("gonets account topup shop 100 --note 'invoice 17'"))(topup)
    group.command(
        "adjust",
        epilog=given.examples("gonets account adjust shop -5 --note 'paid twice'"),
        context_settings={"ignore_unknown_options": True},
    )(adjust)
    profile.register(group)
    app.add_typer(group, name="account", rich_help_panel=panel)


# ---- what they share


def _changed(
    account: "Account",
    *,
    group: str | None,
    currency: str | None,
    overdraft: str | None,
    country: str | None,
    zone: str | None,
    any_sender: bool | None,
    default_sender: str | None,
    push_url: str | None,
    push_batch: int | None,
) -> "Account":
    """The account with what was given in place of what was, checked. Raises CommandRefused, SettingRefused."""
    import msgspec

    from gonets.stores import settings

    new: Account = msgspec.structs.replace(
        account,
        group=account.group if group is None else group,
        currency=account.currency if currency is None else currency.upper(),
        overdraft=account.overdraft if overdraft is None else given.price(overdraft),
        home_country=account.home_country if country is None else country.upper(),
        zone=account.zone if zone is None else settings.zone_of(zone),
        any_sender=account.any_sender if any_sender is None else any_sender,
        default_sender=account.default_sender if default_sender is None else default_sender,
        push_url=account.push_url if push_url is None else push_url,
        push_batch=account.push_batch if push_batch is None else push_batch,
    )
    for wrong, sentence in (
        (not 1 <= len(new.name) <= 64 or not new.name.isprintable() or "/" in new.name, "a name has 1 to 64 characters, no slash"),
        (not 1 <= len(new.group) <= 64 or not new.group.isprintable(), "a tariff group has 1 to 64 characters"),
        (not _is_letters(new.currency, 3), f"{new.currency!r} is no currency; write three letters such as RUB"),
        (not _is_letters(new.home_country, 2), f"{new.home_country!r} is no country; write two letters such as RU"),
        (len(new.default_sender) > 15 or not new.default_sender.isascii(), "a sender has up to 11 Latin letters"),
        (
            new.push_url and not new.push_url.startswith(("http://", "https://")),
            f"{new.push_url!r} is no URL that can be called; it begins with http:// or https://",
        ),
        (not 1 <= new.push_batch <= 100, "a push carries 1 to 100 statuses"),
    ):
        if wrong:
            raise CommandRefused(sentence)
    return new


def _is_letters(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isalpha()


def _check_login(login: str) -> None:
    if not 1 <= len(login) <= 64 or not login.isprintable():
        raise CommandRefused("a login has 1 to 64 characters")


def _which_login(name: str, known: list[str], login: str | None, new: bool) -> str:
    """The login that is meant. Raises CommandRefused."""
    if new:
        if login is None:
            raise CommandRefused("name the new login: --login NAME --new")
        _check_login(login)
        return login
    if login is None:
        if len(known) != 1:
            which = f"has the logins {', '.join(known)}: choose one with --login" if known else "has no login: --login NAME --new adds one"
            raise CommandRefused(f"{name} {which}")
        return known[0]
    if login not in known:
        raise CommandRefused(f"{name} has no login {login!r}; --new adds it")
    return login


def _more(text: str) -> Millionths:
    value = given.amount(text)
    if value <= 0:
        raise CommandRefused(f"{text} is no money that came in; `gonets account adjust` takes money away")
    return value


def _enter(
    name: str,
    value: Millionths,
    note: str,
    place: "Config",
    post: "Callable[[Connection, AccountId, Millionths, str, datetime], None]",
) -> None:
    from gonets.stores import settings

    with changing(place) as connection:
        account = settings.find_account(connection, name)
        if abs(settings.balance_of(connection, account.id) + value) > _MOST:
            raise CommandRefused("the balance would be too large to keep")
        post(connection, account.id, value, note, datetime.now(UTC))
        balance = settings.balance_of(connection, account.id)
    say(f"{name}: {'+' if value > 0 else ''}{format_amount(value)}, balance {format_amount(balance)} {account.currency}.", "green")


def _switch(name: str, enabled: bool, config: "Path | None", data: "Path | None") -> None:
    import msgspec

    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        account = settings.find_account(connection, name)
        settings.change_account(connection, msgspec.structs.replace(account, enabled=enabled))
    say(f"Account {name} is {'on' if enabled else 'off'}; a running gateway knows within seconds.", "green")


def _facts(connection: "Connection", account: "Account") -> dict[str, object]:
    """All about an account, with the keys that scripts read."""
    from gonets.stores import settings

    balance = settings.balance_of(connection, account.id)
    return {
        "id": account.id,
        "name": account.name,
        "enabled": account.enabled,
        "balance": format_amount(balance),
        "overdraft": format_amount(account.overdraft),
        "lowest_balance": format_amount(-account.overdraft),
        "currency": account.currency,
        "group": account.group,
        "home_country": account.home_country,
        "zone": account.zone.key,
        "any_sender": account.any_sender,
        "default_sender": account.default_sender,
        "push_url": account.push_url,
        "push_batch": account.push_batch,
        "logins": [
            {"protocol": each.protocol, "login": each.login}
            for each in settings.list_credentials(connection)
            if each.account == account.id
        ],
        "profiles": [
            profile.facts(each) for each in settings.list_profiles(connection) if each.account == account.id
        ],
        "senders": [
            {"name": sender, "state": state.value}
            for _, sender, state in settings.list_senders(connection, account.id)
        ],
    }


def _logins(facts: dict[str, object]) -> str:
    logins = facts["logins"]
    assert isinstance(logins, list)
    return ", ".join(f"{each['login']} ({each['protocol']})" for each in logins)


def _senders(any_sender: bool, senders: list[dict[str, str]]) -> str:
    named = ", ".join(f"{each['name']} ({each['state']})" for each in senders)
    if any_sender:
        return f"any; {named}" if named else "any"
    return named or "none registered: gonets sender add"
