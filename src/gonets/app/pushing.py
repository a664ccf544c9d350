"""The forms in which clients hear, each by its kind."""

from collections.abc import Mapping

from gonets.flow.signing import Signer
from gonets.flow.vault import Vault
from gonets.model.account import PushKind
from gonets.ports.edges import Pushing
from gonets.protocols.mfms.push import HpgPush
from gonets.protocols.rest.push import WebhookPush
from gonets.protocols.smsc.push import HandlerPush


def pushing_kinds(vault: Vault) -> Mapping[PushKind, Pushing]:
    """All of them; what is signed is signed with what the vault holds."""
    return {
        PushKind.MFMS: HpgPush(),
        PushKind.SMSC: HandlerPush(),
        PushKind.WEBHOOK: WebhookPush(Signer(vault).sign),
    }
