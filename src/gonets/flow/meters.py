"""What is counted on the way of a message, as Prometheus metrics. Batches are counted, not messages one by one."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Receipt, Refused, Settled
from gonets.ports.stores import Applied, Depth

_COMMIT_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
_COMMIT_CALLS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


class Meters:
    """Every metric of the platform; `registry` is what the admin port shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._of_protocol: dict[str, tuple[Counter, Counter]] = {}
        name = "gonets_"
        self._accepted = Counter(f"{name}accepted", "Messages accepted", ["protocol"], registry=registry)
        self._accepted_parts = Counter(
            f"{name}accepted_parts", "Parts accepted", ["protocol"], registry=registry
        )
        self._refused = Counter(
            f"{name}refused", "Messages or calls refused", ["protocol", "reason"], registry=registry
        )
        self._sent = Counter(
            f"{name}parts_sent", "Parts handed to a connector", ["connector"], registry=registry
        )
        self._answers = Counter(
            f"{name}answers", "Answers of upstreams", ["connector", "result"], registry=registry
        )
        self._receipts = Counter(
            f"{name}receipts", "Receipts heard", ["connector", "status"], registry=registry
        )
        self._early = Counter(
            f"{name}receipts_early", "Receipts whose part was not known yet", ["connector"], registry=registry
        )
        self._inbound = Counter(f"{name}inbound", "Messages from phones", ["connector"], registry=registry)
        self._unheard = Counter(
            f"{name}events_refused",
            "Events of upstreams that could not be written",
            ["connector"],
            registry=registry,
        )
        self._pushes = Counter(f"{name}pushes", "Status pushes", ["result"], registry=registry)
        self._pushed = Counter(f"{name}pushed_notices", "Statuses taken by clients", registry=registry)
        handed = Counter(
            f"{name}handed_notices", "Statuses handed to clients over SMPP", ["result"], registry=registry
        )
        self._handed_taken, self._handed_refused = handed.labels("taken"), handed.labels("refused")
        self._commit = Histogram(
            f"{name}commit_seconds", "Time of a transaction", buckets=_COMMIT_SECONDS, registry=registry
        )
        self._batch = Histogram(
            f"{name}commit_calls", "Calls that shared a transaction", buckets=_COMMIT_CALLS, registry=registry
        )
        self._depth = Gauge(f"{name}lane_parts", "Parts that wait", ["route", "priority"], registry=registry)
        self._oldest = Gauge(
            f"{name}lane_oldest_seconds",
            "Age of the oldest waiting part",
            ["route", "priority"],
            registry=registry,
        )
        by = ["account", "mode"]
        self._sessions = Gauge(f"{name}smpp_sessions", "SMPP sessions bound", by, registry=registry)
        self._asked = Gauge(
            f"{name}smpp_unanswered", "Requests over SMPP that wait for our answers", by, registry=registry
        )
        self._told = Gauge(
            f"{name}smpp_untaken", "Receipts over SMPP that wait for the client's", by, registry=registry
        )
        self._in_window = Gauge(
            f"{name}window_used", "Parts sent and not answered", ["connector"], registry=registry
        )
        self._window = Gauge(f"{name}window_size", "How many may be", ["connector"], registry=registry)

    def submitted(self, protocol: str, results: Sequence[Accepted | Refused]) -> None:
        """One call's results."""
        accepted = parts = 0
        for result in results:
            if isinstance(result, Accepted):
                accepted += 1
                parts += result.parts
            else:
                self.refused(protocol, result.reason)
        if accepted:
            counters = self._of_protocol.get(protocol)
            if counters is None:
                counters = (self._accepted.labels(protocol), self._accepted_parts.labels(protocol))
                self._of_protocol[protocol] = counters
            counters[0].inc(accepted)
            counters[1].inc(parts)

    def refused(self, protocol: str, reason: Reason) -> None:
        """One refusal."""
        self._refused.labels(protocol, reason.value).inc()

    def sent(self, connector: str, parts: int) -> None:
        """Parts that left."""
        self._sent.labels(connector).inc(parts)

    def settled(self, connector: str, settled: Sequence[Settled]) -> None:
        """Answers."""
        for result, count in Tally(type(each.result).__name__.lower() for each in settled).items():
            self._answers.labels(connector, result).inc(count)

    def applied(self, connector: str, receipts: Sequence[Receipt], applied: Applied) -> None:
        """Receipts, and what came of them."""
        for status, count in Tally(receipt.state.status.value for receipt in receipts).items():
            self._receipts.labels(connector, status).inc(count)
        if applied.early:
            self._early.labels(connector).inc(applied.early)

    def kept(self, connector: str, inbound: int) -> None:
        """Messages from phones."""
        self._inbound.labels(connector).inc(inbound)

    def unwritten(self, connector: str) -> None:
        """One event that could not be written."""
        self._unheard.labels(connector).inc()

    def pushed(self, notices: int, taken: bool) -> None:
        """One push to a client."""
        self._pushes.labels("taken" if taken else "failed").inc()
        if taken:
            self._pushed.inc(notices)

    def handed(self, taken: int, refused: int) -> None:
        """Statuses handed to clients over connections of theirs."""
        if taken:
            self._handed_taken.inc(taken)
        if refused:
            self._handed_refused.inc(refused)

    def committed(self, seconds: float, calls: int) -> None:
        """One transaction; called in the writer thread."""
        self._commit.observe(seconds)
        self._batch.observe(calls)

    def lanes(self, depths: Sequence[Depth], route_names: dict[int, str], now: float) -> None:
        """How full the lanes are; `now` is Unix seconds. Lanes that are empty disappear."""
        self._depth.clear()
        self._oldest.clear()
        for depth in depths:
            labels = (route_names.get(depth.route, str(depth.route)), depth.priority.name.lower())
            self._depth.labels(*labels).set(depth.parts)
            self._oldest.labels(*labels).set(max(0.0, now - depth.oldest_at / 1e6))

    def window(self, connector: str, used: int, size: int) -> None:
        """How much of a connector's window is in use."""
        self._in_window.labels(connector).set(used)
        self._window.labels(connector).set(size)

    def sessions(self, bound: Iterable[tuple[str, str, int, int, int]]) -> None:
        """SMPP sessions as they stand: by account and mode how many, and requests and receipts under way."""
        for gauge in (self._sessions, self._asked, self._told):
            gauge.clear()
        for account, mode, sessions, asked, told in bound:
            self._sessions.labels(account, mode).set(sessions)
            self._asked.labels(account, mode).set(asked)
            self._told.labels(account, mode).set(told)
