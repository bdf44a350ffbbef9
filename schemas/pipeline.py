"""What a team declares in ``resilience.yaml``, as values. `bot/config.py` reads and validates; rules live elsewhere.

Durations are written like ``15m``, wall-clock times like ``"05:00"``, in the pipeline's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from .heals import Risk
from .reports import Severity


@dataclass(frozen=True)
class Day:
    """A day as the calendar sees it. ``slate`` has the numbers that limits scale with (games, finals …), the broadest
    first. ``warning`` says what about the calendar itself looks wrong."""

    date: date
    mode: str
    reason: str
    slate: Mapping[str, int]
    warning: str = ""


@dataclass(frozen=True)
class Calendar:
    """``sql`` gives one row for ``@day`` as of ``@as_of``: mode, reason, integer columns for the slate, and perhaps a
    warning."""

    sql: str
    modes: tuple[str, ...] = ("season",)


@dataclass(frozen=True)
class Window:
    """Game days judged by a dated canary: ``days`` days that end ``today`` or ``yesterday``.

    ``newest`` names a number of the slate: the day judged is then the newest of those days that has it above 0, and
    the window ends with that day (games that are days ago after a pause are still the last games).
    """

    ends: str = "yesterday"
    days: int = 1
    newest: str = ""


@dataclass(frozen=True)
class MetricSpec:
    """A metric of a canary: a column of its row, and how it must stand. Limits are expressions over the slate
    (``20 * finals``). ``min``, ``max`` and ``equals`` are such limits. ``of`` names the column that is its denominator:
    0 there means *not applicable*. ``say`` is the sentence when it is the first that is violated: ``{day}``,
    ``{value}``, ``{limit}``, ``{by}`` and the names of slate and row are filled in."""

    label: str = ""
    min: str = ""
    max: str = ""
    equals: str = ""
    of: str = ""
    unit: str = ""
    say: str = ""


@dataclass(frozen=True)
class Grade:
    """A severity other than the tier's: the first whose ``when`` holds, an expression over slate and metrics.
    ``say`` replaces the words of the title."""

    when: str
    severity: Severity
    say: str = ""


@dataclass(frozen=True)
class RemedySpec:
    """A heal on offer: ``healer`` with its arguments (``{subject}`` is filled in), and the button's words.
    ``automatic`` remedies are taken without asking."""

    healer: str
    label: str
    args: Mapping[str, str] = field(default_factory=dict)
    automatic: bool = False


@dataclass(frozen=True)
class CheckSpec:
    """One check: its kind (a file in ``checks/``), its policy, and what its kind needs.

    ``need`` is the number of bad reports in a row before the bot speaks. ``errors_escalate`` is how many ERRORs in a
    row bring it to ``errors_channel``. ``skip_modes`` are calendar modes in which it is not run. ``judged_from`` is the
    time of day from which a window is judged. ``needs`` names the number of the slate without which there is nothing to
    judge. ``members`` names the query's column that lists the things in trouble. ``params`` are what its kind reads.
    ``metrics`` stand with what matters most first. ``reminder`` is how long a card stays silent before it speaks again.

    A canary's subject is the game day that it judges, unless ``subject`` names the one thing that it is about (a table,
    say): then its trouble is one alert however long it lasts, and the window only says which days are looked at.
    """

    name: str
    kind: str
    title: str
    channel: str
    layer: int
    severity: Severity = Severity.WARNING
    phase: int | None = None
    sql: str = ""
    window: Window = Window()
    judged_from: time | None = None
    needs: str = ""
    subject: str = ""
    metrics: Mapping[str, MetricSpec] = field(default_factory=dict)
    members: str = ""
    members_label: str = ""
    grades: tuple[Grade, ...] = ()
    remedies: tuple[RemedySpec, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    skip_modes: tuple[str, ...] = ()
    need: int = 1
    reminder: timedelta = timedelta(hours=4)
    errors_escalate: int = 3
    time_limit: timedelta = timedelta(seconds=60)


@dataclass(frozen=True)
class EntrySpec:
    """A tier: checks that share a schedule. ``runs`` is service or job. ``cron`` has five fields, read in
    the pipeline's zone."""

    name: str
    cron: str
    checks: tuple[str, ...]
    runs: str = "service"


@dataclass(frozen=True)
class HealerSpec:
    """Limits of one healer (reference pipeline, section 6). ``audience`` names the group that may ask for it."""

    name: str
    audience: str
    risk: Risk | None = None
    attempts: int = 3
    cooldown: timedelta = timedelta(minutes=30)
    hourly: int = 20
    daily: int = 60
    breaker_failures: int = 5
    breaker_rest: timedelta = timedelta(minutes=30)
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PatternSpec:
    """A healing-frequency rule, judged per healing_type at every event."""

    level: str
    severity: Severity
    channel: str
    window: timedelta
    cooldown: timedelta
    count: int = 0
    runs: int = 0
    failure_rate: float = 0.0
    events: int = 0


@dataclass(frozen=True)
class Pipeline:
    """The whole declaration. Our own tables stand in ``dataset``; paths start from ``root``.

    ``jobs`` lists the jobs that remedies and healers may name, each with what it does. ``people`` lists ids with names;
    where it stands, groups hold nobody else. ``audiences`` says which group may mark, rerun and switch. ``lease`` is
    how long an instance may be silent before another takes over what it held.
    """

    name: str
    zone: str
    calendar: Calendar
    checks: Mapping[str, CheckSpec]
    entries: Mapping[str, EntrySpec]
    healers: Mapping[str, HealerSpec]
    patterns: tuple[PatternSpec, ...]
    groups: Mapping[str, tuple[str, ...]]
    errors_channel: str
    channels: tuple[str, ...]
    targets_per_run: int = 10
    fleet: int = 5
    audiences: Mapping[str, str] = field(default_factory=dict)  # what (mark, rerun, switch) → the group that may
    dataset: str = "orchestration"
    jobs: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    lease: timedelta = timedelta(seconds=30)
    root: str = "."


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to act as in the local workspace. ``role`` is one of its own: oncall, colleague or outsider."""

    id: str
    name: str
    real_name: str
    role: str


@dataclass(frozen=True)
class DemoSpec:
    """The demo: ``seed`` is the script, below the file's folder, that generates the pipeline."""

    seed: str
    people: tuple[DemoPerson, ...]
    team: str = "Demo"
