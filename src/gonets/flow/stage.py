"""What the stages share: step while there is work, else wait for the bell."""

from structlog import get_logger

from gonets.ports.clock import Clock
from gonets.ports.edges import Bell
from gonets.ports.stores import StoreUnavailable

log = get_logger()

_AFTER_FAILURE_S = 0.5


class Stage:
    """A stage of the flow. It may die between any two lines: what it has not committed has not happened."""

    lane: str

    def __init__(self, clock: Clock, bell: Bell) -> None:
        self._clock = clock
        self._bell = bell
        self._stopping = False

    async def step(self) -> int:
        """Do one batch; returns how much was done, 0: nothing to do now."""
        raise NotImplementedError

    def wait_at_most(self) -> float:
        """Seconds to wait for the bell before looking again all the same."""
        return 0.5

    def rest(self) -> float:
        """Seconds to leave to others after a step that did something."""
        return 0.0

    async def run(self) -> None:
        """Step until told to stop. An error costs the step it came in, which is tried again."""
        while not self._stopping:
            try:
                done = await self.step()
            except StoreUnavailable:  # the committer has logged why
                await self._clock.sleep(_AFTER_FAILURE_S)
                continue
            except Exception:  # the door of a stage
                log.exception("step failed", action="step_failed", lane=self.lane)
                await self._clock.sleep(_AFTER_FAILURE_S)
                continue
            rest = self.rest() if done else 0.0
            if rest > 0:
                await self._clock.sleep(rest)
            if not done and not self._stopping:
                await self._bell.wait(self.lane, self.wait_at_most())

    def stop(self) -> None:
        """Let `run` end after the step it is in: a step cut short between its commit and its effect leaves doubt."""
        self._stopping = True
        self._bell.ring(self.lane)
