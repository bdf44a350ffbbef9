"""When each part of the pipeline writes, in New York's clock; never after ``now``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from schemas.times import at_local, day_of, to_text

ZONE = "America/New_York"
DAYS = 30


def moment(day: date, clock: str) -> datetime:
    return at_local(day, time.fromisoformat(clock), ZONE)


@dataclass(frozen=True)
class AsOf:
    """The moment the pipeline is generated for. Game days are New York's, never UTC's."""

    now: datetime

    @property
    def today(self) -> date:
        return day_of(self.now, ZONE)

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)

    def days(self) -> tuple[date, ...]:
        """The game days with data, oldest first, today last."""
        return tuple(self.today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))

    def reached(self, day: date, clock: str) -> bool:
        return moment(day, clock) <= self.now

    def early(self, day: date, clock: str, spare: timedelta) -> str:
        """The usual moment, or ``spare`` before now where that is still to come: rows that are there at any hour."""
        return to_text(min(moment(day, clock), self.now - spare))
