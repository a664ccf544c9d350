"""`gonets account profile`: the named MFMS connector profiles, the second segment of the URLs that clients call."""

import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, CommandRefused, JsonOption, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading

if TYPE_CHECKING:
    from gonets.model.account import Profile

_SEGMENT: Final = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_FIELD: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class ProfileFacts(msgspec.Struct, frozen=True):
    """A profile as scripts read it."""

    account: str
    client: str
    name: str
    login_field: str
    password_field: str
    dashed_dates: bool


def facts(profile: "Profile", account: str) -> ProfileFacts:
    """What is told of a profile."""
    return ProfileFacts(
        account,
        profile.client,
        profile.name,
        profile.login_field,
        profile.password_field,
        profile.dashed_dates,
    )


def add(
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="The account's name.", show_default=False)
    ],
    name: Annotated[str, typer.Argument(metavar="PROFILE", help="Such as connector1.", show_default=False)],
    client: Annotated[
        str | None, typer.Option("--client", help="First segment; else the account's name.")
    ] = None,
    login_field: Annotated[str, typer.Option("--login-field", help="Parameter with the login.")] = "login",
    password_field: Annotated[
        str, typer.Option("--password-field", help="And with the password.")
    ] = "password",
    dashed_dates: Annotated[
        bool, typer.Option("--dashed-dates", help="Answer 2026-03-02, not 2026.03.02.")
    ] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add an MFMS connector profile: how requests under its URL are written."""
    from gonets.model.account import Profile
    from gonets.stores import settings

    segment = account if client is None else client
    for part, sort, form in (
        (segment, "client", _SEGMENT),
        (name, "profile", _SEGMENT),
        (login_field, "login field", _FIELD),
        (password_field, "password field", _FIELD),
    ):
        if form.fullmatch(part) is None:
            raise CommandRefused(f"{part!r} cannot be a {sort}: letters, digits and ._- only")
    if login_field == password_field:
        raise CommandRefused("login and password need fields of different names")
    with changing(find_config(config, data)) as connection:
        owner = settings.find_account(connection, account).id
        settings.add_profile(
            connection, Profile(owner, segment, name, login_field, password_field, dashed_dates)
        )
    say(
        f"Profile {segment}/{name} of {account} added: /{segment}/{name}/send, /{segment}/{name}/status",
        "green",
    )


def list_profiles(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List the MFMS connector profiles."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        names = {each.id: each.name for each in settings.list_accounts(connection)}
        found = [facts(each, names[each.account]) for each in settings.list_profiles(connection)]
    if as_json:
        write_json(found)
        return
    columns = (
        Column("account", wrap=True),
        Column("path", wrap=True),
        Column("credentials", wrap=True),
        Column("dates"),
    )
    rows = (
        (
            each.account,
            f"/{each.client}/{each.name}",
            f"{each.login_field}, {each.password_field}",
            "2026-03-02" if each.dashed_dates else "2026.03.02",
        )
        for each in found
    )
    show_table(columns, rows, "There are no profiles yet: gonets account profile add ACCOUNT PROFILE")


def register(accounts: typer.Typer) -> None:
    """Put the group into the group of accounts."""
    group = typer.Typer(help="MFMS connector profiles of the accounts.", no_args_is_help=True)
    group.command(
        "add",
        epilog=given.examples(
            "gonets account profile add shop connector1 --password-field pass --dashed-dates"
        ),
    )(add)
    group.command("list", epilog=given.examples("gonets account profile list"))(list_profiles)
    accounts.add_typer(group, name="profile")
