"""`gonets account password`: logins, and with what they prove who they are: passwords, salts of signatures, tokens.

A secret is asked for where it is not given, and never shown. Of a password only Argon2id hashes are kept; a salt or
a token is sealed under the key in the data folder.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given, policy
from gonets.cli.console import CommandRefused, say, warn
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.account import Credential, ProofKind

if TYPE_CHECKING:
    from gonets.config import Config
    from gonets.model.message import AccountId

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.", show_default=False)]
PasswordOption = Annotated[
    str | None,
    typer.Option("--password", "--secret", help="Better left out: it is asked for, and not shown."),
]


class LoginProtocol(StrEnum):
    """Protocols that log in."""

    MFMS = "mfms"
    SMS2 = "sms2"
    SMSCLUB = "smsclub"
    SMSC = "smsc"
    SMPP = "smpp"
    OSONSMS = "osonsms"


ProtocolOption = Annotated[LoginProtocol, typer.Option("--protocol", help="What the login is for.")]
KindOption = Annotated[
    ProofKind | None,
    typer.Option("--kind", help="How it proves itself; else by what is usual in the protocol."),
]

_NAMES: Final = {
    ProofKind.PASSWORD: "password",
    ProofKind.MD5: "MD5",
    ProofKind.SIGNATURE: "salt",
    ProofKind.TOKEN: "token",
}
"""What is asked for."""


class LoginFacts(msgspec.Struct, frozen=True):
    """A login as scripts read it; of its secrets there is no more than of which kinds they are."""

    protocol: str
    login: str
    kinds: list[str]


def password(
    name: NameArgument,
    login: Annotated[str | None, typer.Option("--login", help="Which, where it has several.")] = None,
    secret: PasswordOption = None,
    protocol: Annotated[
        LoginProtocol | None, typer.Option("--protocol", help="Of which protocol; a new one is of mfms.")
    ] = None,
    kind: KindOption = None,
    new: Annotated[bool, typer.Option("--new", help="Add the login; an account may have several.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the secret away instead.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Set the password, the salt or the token of a login, or add a login.

    A login may have several kinds of secrets; it is gone when the last of them is removed.
    """
    from gonets.stores import settings

    if remove and (new or secret is not None):
        raise CommandRefused("--remove goes with neither --new nor --password")
    place = find_config(config, data)
    with reading(place) as connection:
        account = settings.find_account(connection, name)
        known = [each for each in settings.list_credentials(connection) if each.account == account.id]
    of, chosen = _chosen(name, known, protocol, login, new)
    kind = check_kind(of, kind)
    if remove:
        with changing(place) as connection:
            for each in _kept_together(of, kind):
                settings.remove_credential(connection, of, chosen, each)
        say(f"The {_NAMES[kind]} of {chosen} is removed; with it nobody gets in any more.", "green")
        return
    made = credentials(place, account.id, of, chosen, kind, new_secret(secret, kind, chosen, "New "))
    with changing(place) as connection:
        for credential in made:
            if new:
                settings.add_credential(connection, credential)
            else:
                settings.put_credential(connection, credential)
        guarded = policy.guarded(account, policy.Policy(), of) if new else account
        if guarded != account:
            settings.change_account(connection, guarded)
    say(f"The login {chosen} of {name} {'was added' if new else f'has a new {_NAMES[kind]}'}.", "green")
    if guarded != account:
        say(
            f"As its clients count on it, {name} refuses duplicates and floods now: gonets account show {name}"
        )


def credentials(
    place: "Config", account: "AccountId", protocol: str, login: str, kind: ProofKind, secret: str
) -> tuple[Credential, ...]:
    """What is kept of a secret: hashed in every way the protocol asks for, or sealed. Raises VaultRefused."""
    from gonets.rules.proofs import SEALED, password_credentials, seal_context

    if kind not in SEALED:
        return password_credentials(account, protocol, login, secret)
    from gonets.flow.vault import is_open_to_others, open_vault

    vault = open_vault(place.key_file)
    if is_open_to_others(place.key_file):
        warn(f"others can read the key file: chmod 600 {place.key_file}")
    sealed = vault.seal(secret, seal_context(protocol, login, kind))
    return (Credential(account, protocol, login, sealed, kind),)


def new_secret(given_one: str | None, kind: ProofKind, login: str, prompt: str = "") -> str:
    """The secret given, or one typed twice and not shown. Raises CommandRefused where it is empty."""
    asked = f"{prompt}{_NAMES[kind]} of {login}"
    if given_one is None:
        given_one = str(typer.prompt(asked[0].upper() + asked[1:], hide_input=True, confirmation_prompt=True))
    if not given_one:
        raise CommandRefused(f"the {_NAMES[kind]} is empty")
    return given_one


def check_kind(protocol: str, kind: ProofKind | None) -> ProofKind:
    """The kind, where logins of the protocol may have it; None: the usual one. Raises CommandRefused."""
    from gonets.rules.proofs import KINDS

    may = KINDS.get(protocol, (ProofKind.PASSWORD,))
    if kind is None:
        return may[0]
    if kind not in may:
        raise CommandRefused(f"logins of {protocol} have a {' or a '.join(may)}, not a {kind}")
    if kind is ProofKind.MD5:
        raise CommandRefused("the MD5 is set with the password: --kind password")
    return kind


def check_login(login: str) -> str:
    """The login, where it may be one. Raises CommandRefused."""
    if not 1 <= len(login) <= 64 or not login.isprintable():
        raise CommandRefused("a login has 1 to 64 characters")
    return login


def facts(of: Iterable[Credential]) -> list[LoginFacts]:
    """Logins, each once, with the kinds of their secrets."""
    found: dict[tuple[str, str], LoginFacts] = {}
    for each in of:
        key = each.protocol, each.login
        found.setdefault(key, LoginFacts(*key, kinds=[])).kinds.append(each.kind.value)
    return list(found.values())


def shown(of: Iterable[LoginFacts]) -> str:
    """Logins in a line for people."""
    return ", ".join(f"{each.login} ({each.protocol}: {', '.join(each.kinds)})" for each in of)


def register(group: typer.Typer) -> None:
    """Put the command into the group of accounts."""
    group.command(
        "password",
        epilog=given.examples(
            "gonets account password shop",
            "gonets account password shop --login till2 --new",
            "gonets account password shop --login oson --protocol osonsms --kind token",
        ),
    )(password)


def _kept_together(protocol: str, kind: ProofKind) -> tuple[ProofKind, ...]:
    """What goes when a secret of this kind goes."""
    from gonets.rules.proofs import KINDS

    return KINDS.get(protocol, (kind,)) if kind is ProofKind.PASSWORD else (kind,)


def _chosen(
    name: str, known: Sequence[Credential], protocol: LoginProtocol | None, login: str | None, new: bool
) -> tuple[str, str]:
    """The protocol and the login that are meant. Raises CommandRefused."""
    if new:
        if login is None:
            raise CommandRefused("name the new login: --login NAME --new")
        return protocol or LoginProtocol.MFMS, check_login(login)
    have = {(each.protocol, each.login) for each in known if protocol in {None, each.protocol}}
    fitting = sorted(each for each in have if login in {None, each[1]})
    match fitting:
        case [only]:
            return only
        case [] if login is None:
            raise CommandRefused(f"{name} has no login; --login NAME --new adds one")
        case []:
            raise CommandRefused(f"{name} has no login {login!r}; --new adds it")
        case _:
            named = ", ".join(f"{each} ({of})" for of, each in fitting)
            raise CommandRefused(f"{name} has the logins {named}; choose one with --login and --protocol")
