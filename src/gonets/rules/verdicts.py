"""What would become of a submission, told to the person who asks before sending it: check by check, in order.

It cannot say anything else than what happens: `admit` itself is asked, and by the reason of its refusal it is known
which of its checks refused, which were passed before, and which were not reached. What only the moment of a request
can tell (a login, a rate, and the store's part unless the store is asked) is said to be looked at then. Sends nothing,
charges nothing, keeps nothing.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from gonets.model.account import Account, Tariff
from gonets.model.calls import Login, Submission
from gonets.model.message import Channel, Draft, MessageId
from gonets.model.money import Millionths, format_amount
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.routing import Traits
from gonets.model.tables import Tables
from gonets.rules.admission import CHECKS, COMMENTED, Admitted, admit
from gonets.rules.channels import RULES
from gonets.rules.drafts import draft_of
from gonets.rules.explaining import Explanation, explain_text
from gonets.rules.guarding import DUPLICATE, FLOOD, SEEN
from gonets.rules.pricing import tariff_of
from gonets.rules.routing import DOWN, Looked, divided, is_down, looked_at, traits_of
from gonets.rules.splitting import split
from gonets.rules.stopping import EVERYBODY
from gonets.rules.texts import without_comment

NETWORK: Final = "network"
ACCOUNT: Final = "account"
RATE: Final = "rate"
LINKS: Final = "links"
CLIENT_ID: Final = "client id"
REPEATED: Final = "duplicate"
IN_A_ROW: Final = "flood"
CREDIT: Final = "credit"
"""Checks round those of `admit`: the first three when a call comes in, the others after it."""

ORDER: Final = (
    NETWORK,
    ACCOUNT,
    RATE,
    *(check.name for check in CHECKS),
    LINKS,
    CLIENT_ID,
    REPEATED,
    IN_A_ROW,
    CREDIT,
)
"""Every check, first to last; what logs in was let in before."""

OFF: Final = Refused(Reason.ACCOUNT_BLOCKED, "The account is switched off; ask your provider.")

Weigh = Callable[[Draft], Refused | None]
"""What the store would say of a draft if it came now."""


class Verdict(StrEnum):
    """What a check says."""

    PASSED = "passed"
    REFUSED = "refused"
    NOT_REACHED = "not reached"
    """One before it refused."""
    LATER = "later"
    """It can be known only when the message comes."""


class Checked(msgspec.Struct, frozen=True):
    """One check."""

    name: str
    verdict: Verdict
    detail: str
    """Refused: the sentence that the client gets. Otherwise what was found, or what will be looked at."""
    reason: Reason | None = None
    """Of a refusal."""


class Explained(msgspec.Struct, frozen=True):
    """What would become of a submission. What cannot be known because of what was refused is None, or empty."""

    refused: Refused | None
    """What the client would be told; None: it would be taken, as far as could be looked at."""
    checks: tuple[Checked, ...]
    """All of them, in the order of `ORDER`."""
    sender: str | None
    """As it would go out."""
    recipient: str | None
    """E.164 digits, no plus; of an e-mail its address."""
    text: str
    """Without its comment."""
    comment: str | None
    explanation: Explanation | None
    """Of a text message."""
    segments: tuple[str, ...]
    """The text of each part."""
    tariff: Tariff | None
    """Also where it is closed."""
    price: Millionths | None
    """Of one part, in the account's currency."""
    total: Millionths | None
    """Of all of them."""
    currency: str
    routes: tuple[Looked, ...]
    """Those whose prefix fits, in their order: at most one is taken, of the others it is said why they are not."""
    start_at: datetime | None
    """None: at once."""
    expires_at: datetime | None


def explain(
    account: Account,
    submission: Submission,
    protocol: str,
    tables: Tables,
    at: datetime,
    *,
    is_up: Callable[[str], bool] | None = None,
    weigh: Weigh | None = None,
) -> Explained:
    """What would become of a submission that came at the moment `at`.

    `is_up` tells whether a connector's link is; `weigh` asks the store. Without them their checks are `later`.
    """
    verdict = admit(submission, account, protocol, tables, at)
    taken = verdict if isinstance(verdict, Admitted) else None
    text, comment = without_comment(submission.text) if protocol in COMMENTED else (submission.text, None)
    is_sms = submission.channel is Channel.SMS
    segments = _segments(text, is_sms)
    recipient = RULES[submission.channel].recipient(protocol, submission.recipient, account.home_country)
    tariff = None if recipient is None else tariff_of(account, submission.channel, recipient, tables)
    price = None if tariff is None or tariff.closed else tariff.price
    routes: tuple[Looked, ...] = ()
    if recipient is not None:
        asked = _traits(taken, account, submission, recipient, text, at)
        routes = tuple(looked_at(asked, tables))
    checks = _in_order(
        _when_called(account)
        | _when_admitted(verdict, submission, account, tables)
        | _when_stored(taken, account, submission, protocol, is_up, weigh)
    )
    first = next((each for each in checks if each.verdict is Verdict.REFUSED), None)
    return Explained(
        refused=None if first is None or first.reason is None else Refused(first.reason, first.detail),
        checks=checks,
        sender=None if taken is None else taken.sender,
        recipient=recipient,
        text=text,
        comment=comment,
        explanation=explain_text(text) if text and is_sms else None,
        segments=segments,
        tariff=tariff,
        price=price,
        total=None if price is None or not segments else Millionths(price * len(segments)),
        currency=account.currency,
        routes=routes,
        start_at=None if taken is None else taken.start_at,
        expires_at=None if taken is None else taken.expires_at,
    )


def _segments(text: str, is_sms: bool) -> tuple[str, ...]:
    """The text of each part, as far as it can be parted."""
    if not is_sms:
        return (text,)
    parted = split(text) if text else None
    return () if parted is None else parted.segments


_Outcome = Refused | tuple[Verdict, str]
_Outcomes = dict[str, _Outcome]


def _in_order(outcomes: _Outcomes) -> tuple[Checked, ...]:
    """Each check's verdict; after one that refused, none is reached."""
    checks: list[Checked] = []
    refused = False
    for name in ORDER:
        outcome = outcomes[name]
        if refused:
            checks.append(Checked(name, Verdict.NOT_REACHED, ""))
        elif isinstance(outcome, Refused):
            refused = True
            checks.append(Checked(name, Verdict.REFUSED, outcome.detail, outcome.reason))
        else:
            checks.append(Checked(name, *outcome))
    return tuple(checks)


def _when_called(account: Account) -> _Outcomes:
    """Who asks, from where, and how often."""
    return {
        NETWORK: (Verdict.LATER, f"only from {', '.join(account.networks)}")
        if account.networks
        else (Verdict.PASSED, "from everywhere"),
        ACCOUNT: (Verdict.PASSED, f"{account.name} is on") if account.enabled else OFF,
        RATE: (Verdict.LATER, f"{account.rate} a second")
        if account.rate
        else (Verdict.PASSED, "as many as come"),
    }


def _when_admitted(
    verdict: Admitted | Refused, submission: Submission, account: Account, tables: Tables
) -> _Outcomes:
    """What `admit` says: one check refused it, or none did."""
    outcomes: _Outcomes = {check.name: (Verdict.PASSED, "") for check in CHECKS}
    if isinstance(verdict, Refused):
        name = next(check.name for check in CHECKS if verdict.reason in check.reasons)
        return outcomes | {name: verdict}
    tariff = verdict.tariff
    price = f"{format_amount(tariff.price)} {account.currency} a part"
    stopped = sum(len(tables.stop_lists.get(scope, ())) for scope in (EVERYBODY, account.id))
    words = any(scope in tables.stop_words for scope in (EVERYBODY, account.id))
    found = (
        "all there",
        verdict.sender or "none",
        _body(verdict, submission),
        verdict.recipient,
        f"not among {stopped} numbers" if stopped else "there are none",
        f"{price}, group {tariff.group}, {_shown(tariff.prefix)}",
        f"{verdict.route.name}: {divided(verdict.route)}",
        "none found" if words else "there are none",
    )
    return outcomes | {
        check.name: (Verdict.PASSED, detail) for check, detail in zip(CHECKS, found, strict=True)
    }


def _body(verdict: Admitted, submission: Submission) -> str:
    if submission.channel is not Channel.SMS:
        return f"{submission.channel.value.upper()}, 1 part"
    return f"{_ENCODINGS[verdict.encoding.name]}, {_counted(len(verdict.segments), 'part')}"


_ENCODINGS: Final = {"GSM7": "GSM 7-bit", "UCS2": "UCS-2"}


def _when_stored(
    taken: Admitted | None,
    account: Account,
    submission: Submission,
    protocol: str,
    is_up: Callable[[str], bool] | None,
    weigh: Weigh | None,
) -> _Outcomes:
    """Links, and what the store looks at in the transaction that charges."""
    once = submission.once and submission.client_id is not None
    asked = weigh is not None and taken is not None and account.enabled
    state = Verdict.PASSED if asked else Verdict.LATER
    outcomes: _Outcomes = {
        LINKS: _links(taken, account, is_up),
        CLIENT_ID: (state, "good for one message") if once else (Verdict.PASSED, "may be used again"),
        REPEATED: (state, f"not again within {account.duplicate_s} s")
        if account.duplicate_s
        else (Verdict.PASSED, "not looked at"),
        IN_A_ROW: (
            state,
            f"at most {account.flood_most} in a row, less than {account.flood_gap_s} s apart",
        )
        if account.flood_most and account.flood_gap_s
        else (Verdict.PASSED, "not looked at"),
        CREDIT: (state, "the balance covers it" if asked else "the balance has to cover it"),
    }
    if weigh is None or taken is None or not account.enabled:
        return outcomes
    refused = weigh(_draft(taken, account, submission, protocol))
    if refused is not None:
        outcomes[_STORED.get(refused, CREDIT)] = refused
    return outcomes


_STORED: Final = {SEEN: CLIENT_ID, DUPLICATE: REPEATED, FLOOD: IN_A_ROW}
"""Which check of the store a refusal came from; any other is for want of money."""


def _links(taken: Admitted | None, account: Account, is_up: Callable[[str], bool] | None) -> _Outcome:
    if not account.refuse_when_down:
        return Verdict.PASSED, "it may wait for one"
    if is_up is None:
        return Verdict.LATER, "one has to be up"
    if taken is not None and is_down(taken.route, is_up):
        return DOWN
    return Verdict.PASSED, "one is up"


def _traits(
    taken: Admitted | None, account: Account, submission: Submission, recipient: str, text: str, at: datetime
) -> Traits:
    """What its route is found by: as it was taken, or else as far as it can be told."""
    sender, leaves = (submission.sender, at) if taken is None else (taken.sender, taken.start_at or at)
    pictured = submission.picture is not None
    return traits_of(account, sender, recipient, submission.channel, text, leaves, pictured)


def _draft(taken: Admitted, account: Account, submission: Submission, protocol: str) -> Draft:
    """What the store would be given; its id and its login are nobody's."""
    return draft_of(MessageId(0), account, Login(protocol, "", "", "", ""), submission, taken)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _shown(prefix: str) -> str:
    return f"prefix {prefix}" if prefix else "every number"
