"""How SMS Club spells a status and a reason for a refusal; nothing here decides anything.

All tables are total: a test fails until every `Status` and every `Reason` has its line.
"""

from typing import Final

from gonets.model.message import Status
from gonets.model.reasons import Reason

STATES: Final[dict[Status, str]] = {
    Status.SCHEDULED: "ENROUTE",
    Status.QUEUED: "ENROUTE",
    Status.SENT: "ENROUTE",
    Status.UNCERTAIN: "ENROUTE",
    Status.ACCEPTED: "ENROUTE",
    Status.DELIVERED: "DELIVRD",
    Status.UNDELIVERED: "UNDELIV",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "REJECTD",
    Status.FAILED: "FAILED",
    Status.CANCELLED: "REJECTD",
    Status.NO_REPORT: "NOREPORT",
}
"""Of the scripts, HTTP and XML."""

SOAP_STATES: Final[dict[Status, str]] = STATES | {
    Status.ACCEPTED: "ACCEPTE",
    Status.CANCELLED: "DELETED",
}
"""Of the SOAP gate, which has two more words."""

REASON_TEXTS: Final[dict[Reason, str]] = {
    Reason.BAD_CREDENTIALS: "Не найдено соответствие пары логин\\пароль",
    Reason.ACCOUNT_BLOCKED: "Учётная запись заблокирована",
    Reason.HOST_NOT_ALLOWED: "Доступ с этого IP-адреса запрещён",
    Reason.TOO_MANY_REQUESTS: "Превышен лимит запросов",
    Reason.BAD_REQUEST: "Не указаны обязательные параметры",
    Reason.BAD_RECIPIENT: "Неверно указан номер",
    Reason.RECIPIENT_DENIED: "Phone in black list.",
    Reason.DIRECTION_CLOSED: "Направление закрыто",
    Reason.NO_ROUTE: "Направление закрыто",
    Reason.BAD_SENDER: "Неверно указано альфа-имя",
    Reason.UNKNOWN_SENDER: "Альфа-имя не зарегистрировано",
    Reason.BAD_TEXT: "Неверно указан текст сообщения",
    Reason.BLOCKED_TEXT: "Текст сообщения запрещён",
    Reason.DUPLICATE: "Повторное сообщение",
    Reason.FLOOD: "Слишком много сообщений на этот номер",
    Reason.NO_CREDIT: "Недостаточно средств на балансе",
    Reason.UNKNOWN_MESSAGE: "неверно указан id",
    Reason.UNSUPPORTED: "Операция не поддерживается",
    Reason.STORE_UNAVAILABLE: "Сервис временно недоступен",
    Reason.UPSTREAM_UNAVAILABLE: "Сервис временно недоступен",
}
"""The document has two of them (a wrong password, an unknown id); the others are worded alike."""

HTTP_STATUS: Final[dict[Reason, int]] = {
    Reason.TOO_MANY_REQUESTS: 429,
    Reason.STORE_UNAVAILABLE: 500,
}
"""Where a whole request to a script ends so. Every other answer is HTTP 200, since clients in the field take anything
else for a broken transport."""

SERVER_FAULTS: Final = frozenset({Reason.STORE_UNAVAILABLE, Reason.UPSTREAM_UNAVAILABLE})
"""Those that are no fault of the client: `SOAP-ENV:Server` (SOAP 1.1 §4.4.1)."""
