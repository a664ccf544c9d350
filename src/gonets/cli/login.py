"""`gonets account password`: logins and their passwords.

A password is asked for where it is not given, never shown, and kept as an Argon2id hash only.
"""

from enum import StrEnum
from typing import Annotated

import typer

from gonets.cli import given
from gonets.cli.console import CommandRefused, say
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.", show_default=False)]
PasswordOption = Annotated[
    str | None, typer.Option("--password", help="Better left out: it is asked for, and not shown.")
]


class LoginProtocol(StrEnum):
    """Protocols that log in with a password."""

    MFMS = "mfms"


ProtocolOption = Annotated[LoginProtocol, typer.Option("--protocol", help="What the login is for.")]


def password(
    name: NameArgument,
    login: Annotated[str | None, typer.Option("--login", help="Which, where it has several.")] = None,
    secret: PasswordOption = None,
    protocol: ProtocolOption = LoginProtocol.MFMS,
    new: Annotated[bool, typer.Option("--new", help="Add the login; an account may have several.")] = False,
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
    chosen = _chosen(name, known, login, new)
    hashed = hash_secret(new_password(secret, f"New password of {chosen}"))
    with changing(place) as connection:
        if new:
            settings.add_credential(connection, Credential(account.id, protocol, chosen, hashed))
        else:
            settings.change_secret(connection, protocol, chosen, hashed)
    say(f"The login {chosen} of {name} {'was added' if new else 'has a new password'}.", "green")


def new_password(given_one: str | None, prompt: str) -> str:
    """The password given, or one typed twice and not shown. Raises CommandRefused where it is empty."""
    if given_one is None:
        given_one = str(typer.prompt(prompt, hide_input=True, confirmation_prompt=True))
    if not given_one:
        raise CommandRefused("the password is empty")
    return given_one


def check_login(login: str) -> str:
    """The login, where it may be one. Raises CommandRefused."""
    if not 1 <= len(login) <= 64 or not login.isprintable():
        raise CommandRefused("a login has 1 to 64 characters")
    return login


def register(group: typer.Typer) -> None:
    """Put the command into the group of accounts."""
    group.command(
        "password",
        epilog=given.examples(
            "gonets account password shop", "gonets account password shop --login till2 --new"
        ),
    )(password)


def _chosen(name: str, known: list[str], login: str | None, new: bool) -> str:
    """The login that is meant. Raises CommandRefused."""
    if new:
        if login is None:
            raise CommandRefused("name the new login: --login NAME --new")
        return check_login(login)
    if login is None:
        match known:
            case [only]:
                return only
            case []:
                raise CommandRefused(f"{name} has no login; --login NAME --new adds one")
            case _:
                raise CommandRefused(f"{name} has the logins {', '.join(known)}; choose one with --login")
    if login not in known:
        raise CommandRefused(f"{name} has no login {login!r}; --new adds it")
    return login
