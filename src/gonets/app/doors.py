"""Doors: what listens, and which protocol is spoken behind which port."""

import ssl
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.types import ASGIApp

from gonets.config import Config, ConfigRefused
from gonets.flow.directory import Directory
from gonets.flow.intake import Intake
from gonets.flow.notify import Notify
from gonets.ports.clock import Clock
from gonets.ports.edges import Reports
from gonets.protocols.mfms.server import HpgServer
from gonets.protocols.osonsms.server import OsonServer
from gonets.protocols.sms2.server import Sms2Server
from gonets.protocols.smsc.server import SmppServing
from gonets.protocols.smsclub.server import SmsClubServer
from gonets.rules.hosts import parse_networks
from gonets.servers.admin import Admin
from gonets.servers.connection import Limits
from gonets.servers.http import Dialect, HttpServer
from gonets.servers.reports import ReportDoor
from gonets.servers.site import Forwarded, Site
from gonets.servers.smpp import Door, Rules, SmppServer
from gonets.servers.sockets import Listener
from gonets.servers.tls import own_certificate, server_context
from gonets.wire.http import Reply

_GRACE_S = 2.0
"""For requests in flight to be answered at a stop."""


class Doors:
    """The listeners of a gateway."""

    def __init__(
        self,
        config: Config,
        directory: Directory,
        intake: Intake,
        post: Notify,
        admin: Admin,
        clock: Clock,
        reports: Reports,
    ) -> None:
        """`post`: what hands receipts to SMPP sessions; `reports`: who hears what providers report."""
        self._reports = reports
        self.ports: dict[str, int] = {}
        """By name, as bound."""
        self.open: list[HttpServer | SmppServer] = []
        self._config = config
        self._directory = directory
        self._intake = intake
        self._post = post
        self._admin = admin
        self._clock = clock

    def bind(self) -> None:
        """Take every port that is wanted. Raises ConfigRefused or CannotListen."""
        listen, http = self._config.listen, self._config.http
        limits = Limits(
            head_s=http.head_seconds,
            body_s=http.body_seconds,
            idle_s=http.idle_seconds,
            connections=http.connections,
            grace_s=_GRACE_S,
        )
        dialects = self._dialects()
        mfms, site = dialects["mfms"], Site(dialects, self._config.hosts, ReportDoor(self._reports))
        proxies = parse_networks(http.proxies)
        for app, ports in (
            (site, {"http": listen.http, "http_tls": listen.http_tls}),
            (mfms, {"mfms": listen.mfms, "mfms_tls": listen.mfms_tls}),
        ):
            behind = Forwarded(app, proxies) if proxies else app
            self._open_door(behind, limits, app.too_long, listen.bind, **ports)
        self._open_door(self._admin, limits, None, listen.admin_bind, admin=listen.admin)
        self._open_smpp()

    def _dialects(self) -> dict[str, Dialect]:
        """The protocols over HTTP, by their names; of two that could serve a path, the first does."""
        answer = self._intake.answer
        profile_of = self._directory.profile_of
        return {
            "mfms": Dialect(HpgServer(profile_of, ZoneInfo("UTC")), answer),
            "osonsms": Dialect(OsonServer(self._directory.zone_of, self._clock.at), answer),
            "sms2": Dialect(Sms2Server(self._directory.account_of), answer, Sms2Server.payload),
            "smsclub": Dialect(SmsClubServer(), answer, SmsClubServer.payload),
        }

    def _open_door(
        self,
        app: ASGIApp,
        limits: Limits,
        too_long: Callable[[str], Reply] | None,
        bind: str,
        **ports: int,
    ) -> None:
        """Bind the listeners of one application; a name that ends in `_tls` is one of TLS, a port of -1 is none."""
        wanted = {name: port for name, port in ports.items() if port >= 0}
        if not wanted:
            return
        listeners = [
            Listener(bind, port, self._tls() if name.endswith("_tls") else None)
            for name, port in wanted.items()
        ]
        door = HttpServer(app, listeners, limits, too_long)
        door.bind()
        self.open.append(door)
        self.ports.update(zip(wanted, door.ports, strict=True))

    def _open_smpp(self) -> None:
        listen, smpp = self._config.listen, self._config.smpp
        wanted = {
            name: (port, first)
            for name, port, first in (
                ("smpp", listen.smpp, "smpp"),
                ("smpp_smsc", listen.smpp_smsc, "smsc"),
                ("smpp_smsclub", listen.smpp_smsclub, "smsclub"),
                ("smpp_tls", listen.smpp_tls, "smpp"),
            )
            if port >= 0
        }
        doors = [
            Door(Listener(listen.bind, port, self._tls() if name.endswith("_tls") else None), first)
            for name, (port, first) in wanted.items()
        ]
        rules = Rules(
            smpp.connections,
            smpp.bind_seconds,
            smpp.enquire_seconds,
            smpp.idle_seconds,
            smpp.answer_seconds,
            grace_s=_GRACE_S,
        )
        serving = SmppServing(self._directory.protocol_of)
        self.smpp = SmppServer(doors, serving, self._intake, self._post, self._clock, rules)
        self.smpp.bind()
        self.open.append(self.smpp)
        self.ports.update(zip(wanted, self.smpp.ports, strict=True))

    def _tls(self) -> ssl.SSLContext:
        tls = self._config.tls
        try:
            if tls.certificate:
                return server_context(Path(tls.certificate), Path(tls.key))
            return server_context(*own_certificate(self._config.folder, self._clock.at()))
        except (ValueError, OSError) as error:
            raise ConfigRefused(str(error)) from error
