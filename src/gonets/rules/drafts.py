"""What an admitted submission is made durable as; for intake and campaigns, and for who only asks what would be."""

from gonets.model.account import Account
from gonets.model.calls import Login, Submission
from gonets.model.message import CampaignId, Draft, MessageId
from gonets.rules.admission import Admitted
from gonets.rules.guarding import once_key


def draft_of(
    first: MessageId,
    account: Account,
    who: Login,
    item: Submission,
    admitted: Admitted,
    campaign: CampaignId | None = None,
) -> Draft:
    """The draft of a submission that passed every check; `first` is the first of as many ids as it has segments."""
    return Draft(
        id=first,
        account=account.id,
        protocol=who.protocol,
        profile=who.profile,
        client_id=item.client_id,
        channel=item.channel,
        priority=item.priority,
        sender=admitted.sender,
        recipient=admitted.recipient,
        text=admitted.text,
        encoding=admitted.encoding,
        segments=admitted.segments,
        price=admitted.tariff.price,
        refund_undelivered=admitted.tariff.refund_undelivered,
        route=admitted.route.id,
        start_at=admitted.start_at,
        expires_at=admitted.expires_at,
        once=once_key(item, who.protocol, who.login),
        comment=admitted.comment,
        flash=item.flash,
        subject=item.subject,
        picture=item.picture,
        speech=item.speech,
        campaign=campaign,
        hears=item.hears,
        user_data=item.user_data,
    )
