"""Pulse: how the links are.

Told by the stages of each link what was sent and heard, it judges them, says in the log when one becomes unhealthy or
recovers, and is a collector of metrics: nothing of these is reckoned before somebody asks.

It only tells. Which link a part leaves through is not decided here.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import assert_never

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from structlog import get_logger

from gonets.model.links import LinkSettings
from gonets.model.results import Deferred, Receipt, Rejected, Returned, Sent, Settled, Uncertain
from gonets.ports.clock import Clock
from gonets.ports.stores import Applied
from gonets.rules.health import BOUNDS_S, HEALTHY, OF_THE_RECIPIENT, Counts, Health, Verdict, binned

log = get_logger()


class Pulse:
    """Of one link."""

    def __init__(self, connector: str, settings: LinkSettings, clock: Clock) -> None:
        self.connector = connector
        self._clock = clock
        self._health = Health(settings, clock.now())
        self._told = HEALTHY

    # ---- what happens

    def sent(self, parts: int) -> None:
        """So many parts were handed to the connector."""
        self._health.left(parts, self._clock.now())

    def settled(self, settled: Sequence[Settled]) -> None:
        """These answers are written."""
        counts, returned = _counted(settled)
        self._health.answered(counts, returned, self._clock.now())
        self.verdict()

    def applied(self, receipts: Sequence[Receipt], applied: Applied) -> None:
        """These receipts are written."""
        seconds = [took / 1e6 for took in applied.took]
        self._health.reported(
            Counts(
                receipts=len(receipts),
                unmatched=applied.early,
                delivered=applied.delivered,
                ended=len(seconds),
                bins=binned(seconds),
                seconds=sum(seconds),
            ),
            self._clock.now(),
        )
        self.verdict()

    # ---- what it comes to

    def verdict(self) -> Verdict:
        """How it is now. Where that has changed since it was told last, the log is told."""
        verdict = self._health.judge(self._clock.now())
        if verdict is not self._told:
            self._told = verdict
            if verdict.healthy:
                log.warning("link recovered", action="link_recovered", connector=self.connector)
            else:
                log.warning(
                    "link is not healthy",
                    action="link_unhealthy",
                    connector=self.connector,
                    trouble=verdict.trouble,
                    why=verdict.why,
                )
        return verdict

    def probes(self) -> int:
        """How many parts it should get now, where it is unhealthy, so that it can recover."""
        return self._health.probes(self._clock.now())

    def recent(self) -> Counts:
        """What was counted in the time by which it is judged."""
        return self._health.recent(self._clock.now())

    def last_hour(self) -> Counts:
        """What was counted in the last hour."""
        return self._health.last_hour(self._clock.now())

    @property
    def total(self) -> Counts:
        """What was counted since the link was opened."""
        return self._health.total


def _counted(settled: Sequence[Settled]) -> tuple[Counts, int]:
    """The answers by what they say of the link, and how many parts never left."""
    taken = refused = beside = uncertain = returned = 0
    for each in settled:
        match each.result:
            case Sent():
                taken += 1
            case Rejected(error) if error in OF_THE_RECIPIENT:
                beside += 1
            case Rejected() | Deferred():
                refused += 1
            case Uncertain():
                uncertain += 1
            case Returned():
                returned += 1
            case _:
                assert_never(each.result)
    return Counts(taken, refused, beside, uncertain), returned


class Pulses(Collector):
    """Those of all links, by the names of their connectors, as metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.by_name: dict[str, Pulse] = {}
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """The metrics as of now."""
        by = ["connector"]
        healthy = GaugeMetricFamily("gonets_link_healthy", "1: healthy, 0: not", labels=by)
        by_window = ["connector", "window"]
        shares = {
            "acceptance": GaugeMetricFamily(
                "gonets_link_acceptance", "Share of the answers that took their part", labels=by_window
            ),
            "doubt": GaugeMetricFamily(
                "gonets_link_uncertain", "Share of the parts that were never answered", labels=by_window
            ),
            "delivery": GaugeMetricFamily(
                "gonets_link_delivery", "Share of the final receipts that say delivered", labels=by_window
            ),
            "stray": GaugeMetricFamily(
                "gonets_link_receipts_unmatched",
                "Share of the receipts whose part was not known when they came",
                labels=by_window,
            ),
        }
        times = HistogramMetricFamily(
            "gonets_link_receipt_seconds", "From sending a part to its final receipt", labels=by
        )
        for name, pulse in sorted(self.by_name.items()):
            healthy.add_metric([name], float(pulse.verdict().healthy))
            for window, counts in (("short", pulse.recent()), ("1h", pulse.last_hour())):
                for what, family in shares.items():
                    value = getattr(counts, what)
                    if value is not None:
                        family.add_metric([name, window], value)
            bounds = [*map(str, BOUNDS_S), "+Inf"]
            counted = list(zip(bounds, map(float, accumulate(pulse.total.bins)), strict=True))
            times.add_metric([name], counted, pulse.total.seconds)
        yield from (healthy, *shares.values(), times)
