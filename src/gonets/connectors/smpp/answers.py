"""What an upstream's answers and message states come to: literal tables, total with a default.

Network error codes are those of `model.reasons`.
"""

from typing import Final

from gonets.model.message import State
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Rejected, SendResult, Sent
from gonets.wire.smpp.codes import MessageState, Status
from gonets.wire.smpp.pdu import GenericNack, Pdu, SubmitSmResp

_UNKNOWN_SUBSCRIBER: Final = 1
_BARRED: Final = 13
NOT_SUPPORTED: Final = 21
_QUEUE_FULL: Final = 220

FOR_THE_MOMENT: Final[dict[int, Deferred]] = {
    Status.ESME_RTHROTTLED: Deferred(_QUEUE_FULL, 0.0),
    Status.ESME_RMSGQFUL: Deferred(_QUEUE_FULL, 0.0),
    Status.ESME_RSYSERR: Deferred(PLATFORM_ERROR, 0.0),
    Status.ESME_RX_T_APPN: Deferred(PLATFORM_ERROR, 0.0),
    # The session is not, or no more, what we took it for: the part is as good as ever.
    Status.ESME_RINVBNDSTS: Deferred(PLATFORM_ERROR, 0.0),
}
"""By command_status of a submit_sm_resp or generic_nack: not taken, and worth another try."""

ERRORS: Final[dict[int, int]] = {
    Status.ESME_RINVDSTADR: _UNKNOWN_SUBSCRIBER,
    Status.ESME_RINVDSTTON: _UNKNOWN_SUBSCRIBER,
    Status.ESME_RINVDSTNPI: _UNKNOWN_SUBSCRIBER,
    Status.ESME_RX_R_APPN: _BARRED,
    Status.ESME_RINVSRCADR: NOT_SUPPORTED,
    Status.ESME_RINVSRCTON: NOT_SUPPORTED,
    Status.ESME_RINVSRCNPI: NOT_SUPPORTED,
    Status.ESME_RINVMSGLEN: NOT_SUPPORTED,
    Status.ESME_RINVESMCLASS: NOT_SUPPORTED,
    Status.ESME_RINVREGDLVFLG: NOT_SUPPORTED,
    Status.ESME_RINVSERTYP: NOT_SUPPORTED,
    Status.ESME_RINVEXPIRY: NOT_SUPPORTED,
    Status.ESME_RINVOPTPARSTREAM: NOT_SUPPORTED,
    Status.ESME_ROPTPARNOTALLWD: NOT_SUPPORTED,
    Status.ESME_RINVPARLEN: NOT_SUPPORTED,
    Status.ESME_RMISSINGOPTPARAM: NOT_SUPPORTED,
    Status.ESME_RINVOPTPARAMVAL: NOT_SUPPORTED,
}
"""By command_status: the network error code of a part that is refused for good; any other is a platform error."""

STATES: Final[dict[MessageState, State | None]] = {
    MessageState.SCHEDULED: None,
    MessageState.ENROUTE: None,
    MessageState.DELIVERED: State.DELIVERED,
    MessageState.EXPIRED: State.EXPIRED,
    # By the upstream, or somebody there: whether it costs is for the tariff to say.
    MessageState.DELETED: State.UNDELIVERED,
    MessageState.UNDELIVERABLE: State.UNDELIVERED,
    MessageState.ACCEPTED: State.ACCEPTED,
    # The network does not know what became of it, and may find out.
    MessageState.UNKNOWN: State.NO_REPORT,
    MessageState.REJECTED: State.REJECTED,
    MessageState.SKIPPED: State.UNDELIVERED,
}
"""What message_state and `stat` make of a part; None: no news."""

_NOT_RECOGNISED: Final = Deferred(PLATFORM_ERROR, 0.0)
"""By generic_nack: certain not to have been taken, and nothing is said against the part itself."""


def result_of(answer: Pdu) -> SendResult:
    """What the answer to a submit_sm comes to."""
    status = answer.command_status
    if not status and isinstance(answer, SubmitSmResp):
        return Sent(answer.message_id)
    later = FOR_THE_MOMENT.get(status)
    if later is not None:
        return later
    if isinstance(answer, GenericNack):
        return _NOT_RECOGNISED
    return Rejected(ERRORS.get(status, PLATFORM_ERROR))
