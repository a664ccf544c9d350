"""One strict TOML file becomes frozen settings. An unknown key or a wrong value is an error that names its place.

What is in the file is what a process needs to start; accounts, prices, routes and connectors are in the store.
"""

import tomllib
from pathlib import Path

import msgspec

from gonets.rules.hosts import parse_networks


class ConfigRefused(Exception):
    """The sentence names the file, the key and what is wrong with it."""


class StoreConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[store]`"""

    url: str = ""
    """Empty: `gonets.db` in the data folder."""
    key_file: str = ""
    """Under whose key salts and tokens are sealed; relative to the data folder. Empty: `secret.key` there. It is made
    where it is missing, and belongs into another backup than the store."""


class ListenConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[listen]`: where to listen. A port of 0 takes a free one, -1 leaves that listener out."""

    bind: str = "0.0.0.0"
    http: int = 8080
    """All the protocols over HTTP; each is also told by its paths."""
    http_tls: int = 8443
    mfms: int = 9876
    mfms_tls: int = 9875
    smpp: int = 2775
    """SMPP; the next three are the same server. Each is for logins of its own protocol first."""
    smpp_smsc: int = 3700
    smpp_smsclub: int = 2777
    smpp_tls: int = 3443
    admin: int = 9090
    admin_bind: str = "127.0.0.1"


class TlsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[tls]`: PEM files. Both empty: a self-signed certificate is made in the data folder at the first start."""

    certificate: str = ""
    key: str = ""


class HttpConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[http]`: what one client may cost."""

    head_seconds: float = 30.0
    """For a whole request head to come in."""
    body_seconds: float = 30.0
    idle_seconds: float = 75.0
    """A connection kept alive without a request."""
    connections: int = 2000
    proxies: tuple[str, ...] = ()
    """Networks (CIDR) of proxies whose X-Forwarded-For, -Proto and -Host are believed."""


class SmppConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[smpp]`: what one client may cost."""

    connections: int = 4000
    bind_seconds: float = 30.0
    """For a connection to be bound."""
    enquire_seconds: float = 30.0
    """Of silence, after which a session that can receive is asked whether it is there."""
    idle_seconds: float = 120.0
    """Of silence, after which a session ends."""
    answer_seconds: float = 30.0
    """For a client to answer a receipt; one that is not answered is sent again."""


class FlowConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[flow]`"""

    tries: int = 8
    """How often a part is tried before it fails."""
    first_retry_seconds: float = 1.0
    longest_retry_seconds: float = 300.0
    no_report_hours: float = 72.0
    """Without a receipt for so long, a sent part is `no_report`."""
    push_timeout_seconds: float = 10.0
    failed_logins: bool = True
    """Whether an address or a login that fails too often has to wait, and is refused in the end."""
    stop_seconds: float = 8.0
    """For answers in flight to come in at a stop."""


class PushConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[push]`"""

    allow: tuple[str, ...] = ()
    """Networks (CIDR) whose hosts are called though they are not of the public internet."""


class LogConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[log]`"""

    level: str = "info"
    json: bool = True
    """False: lines for people."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    data: str = "."
    """The data folder: the store, the keys, the certificate, the simulated phones. Relative to the file."""
    store: StoreConfig = StoreConfig()
    listen: ListenConfig = ListenConfig()
    hosts: dict[str, str] = {}
    """`[hosts]`: names of hosts, each with the name of the only protocol that is spoken there, at its root."""
    tls: TlsConfig = TlsConfig()
    http: HttpConfig = HttpConfig()
    smpp: SmppConfig = SmppConfig()
    flow: FlowConfig = FlowConfig()
    push: PushConfig = PushConfig()
    log: LogConfig = LogConfig()

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data)

    @property
    def store_url(self) -> str:
        """The URL of the store."""
        return self.store.url or f"sqlite:///{self.folder.resolve() / 'gonets.db'}"

    @property
    def key_file(self) -> Path:
        """The file with the key of sealed secrets."""
        return self.folder / (self.store.key_file or "secret.key")


def read_config(path: Path) -> Config:
    """Read and check the file; a relative `data` is taken from the file's own folder. Raises ConfigRefused."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigRefused(f"cannot read {path}: {error.strerror}; `gonets init` writes one") from None
    except UnicodeDecodeError:
        raise ConfigRefused(f"{path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigRefused(f"{path} is not TOML: {error}") from None
    try:
        config = msgspec.convert(raw, Config)
    except msgspec.ValidationError as error:
        raise ConfigRefused(f"{path}: {error}") from None
    problem = _problem(config)
    if problem:
        raise ConfigRefused(f"{path}: {problem}")
    return msgspec.structs.replace(config, data=str((path.parent / config.data).resolve()))


HTTP_PROTOCOLS = ("mfms", "sms2", "smsclub", "osonsms")
"""Those that are spoken over HTTP, by their names."""

_LEVELS = ("debug", "info", "warning", "error")
_ABOVE_ZERO = {
    "http": ("head_seconds", "body_seconds", "idle_seconds", "connections"),
    "smpp": ("connections", "bind_seconds", "enquire_seconds", "idle_seconds", "answer_seconds"),
    "flow": ("first_retry_seconds", "longest_retry_seconds", "no_report_hours", "push_timeout_seconds"),
}
_LARGEST = 1_000_000
"""More seconds, hours or connections than anybody waits for or has; what is no number is not under it."""


def _problem(config: Config) -> str | None:
    """What a type cannot say; None: nothing is wrong."""
    for key, port in msgspec.structs.asdict(config.listen).items():
        if isinstance(port, str):
            continue
        if not -1 <= port <= 65535:
            return f"{port} is not a port - at `$.listen.{key}`"
    if bool(config.tls.certificate) != bool(config.tls.key):
        return "give both the certificate and the key, or neither - at `$.tls`"
    for host, name in config.hosts.items():
        if name not in HTTP_PROTOCOLS:
            return f"{name!r} is none of {', '.join(HTTP_PROTOCOLS)} - at `$.hosts.{host}`"
    try:
        parse_networks(config.http.proxies)
    except ValueError as error:
        return f"{error} - at `$.http.proxies`"
    try:
        parse_networks(config.push.allow)
    except ValueError as error:
        return f"{error} - at `$.push.allow`"
    if config.log.level not in _LEVELS:
        return f"{config.log.level!r} is none of {', '.join(_LEVELS)} - at `$.log.level`"
    if config.flow.tries < 1:
        return "a part must be tried at least once - at `$.flow.tries`"
    for section, keys in _ABOVE_ZERO.items():
        for key in keys:
            if not 0 < getattr(getattr(config, section), key) <= _LARGEST:
                return f"must be more than 0, and a number - at `$.{section}.{key}`"
    if config.flow.first_retry_seconds > config.flow.longest_retry_seconds:
        return "must be no more than longest_retry_seconds - at `$.flow.first_retry_seconds`"
    if not 0 <= config.flow.stop_seconds <= _LARGEST:
        return "must not be less than 0 - at `$.flow.stop_seconds`"
    return None
