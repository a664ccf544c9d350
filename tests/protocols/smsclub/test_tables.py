"""SMS Club's words for everything the platform can say."""

from gonets.model.message import Status
from gonets.model.reasons import Reason
from gonets.protocols.smsclub.tables import HTTP_STATUS, REASON_TEXTS, SERVER_FAULTS, SOAP_STATES, STATES

DOCUMENT_STATES = {"ENROUTE", "DELIVRD", "FAILED", "EXPIRED", "UNDELIV", "NOREPORT", "REJECTD"}


def test_every_status_has_a_word_of_the_document() -> None:
    assert set(STATES) == set(SOAP_STATES) == set(Status)
    assert set(STATES.values()) == DOCUMENT_STATES
    assert set(SOAP_STATES.values()) == DOCUMENT_STATES | {"ACCEPTE", "DELETED"}


def test_the_gate_differs_in_two_words_only() -> None:
    differing = {
        status: (STATES[status], SOAP_STATES[status])
        for status in Status
        if STATES[status] != SOAP_STATES[status]
    }
    assert differing == {Status.ACCEPTED: ("ENROUTE", "ACCEPTE"), Status.CANCELLED: ("REJECTD", "DELETED")}


def test_every_reason_has_a_text_that_cannot_be_taken_for_a_list() -> None:
    assert set(REASON_TEXTS) == set(Reason)
    assert all(text and not set(text) & set('<>&=\n"') for text in REASON_TEXTS.values())


def test_only_our_own_troubles_are_another_http_status_or_the_servers_fault() -> None:
    assert HTTP_STATUS == {Reason.TOO_MANY_REQUESTS: 429, Reason.STORE_UNAVAILABLE: 500}
    assert {Reason.STORE_UNAVAILABLE, Reason.UPSTREAM_UNAVAILABLE} == SERVER_FAULTS
