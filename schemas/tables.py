"""Our collections, their indexed fields, and our count series: stated once.

SQLite's columns and Firestore's indexes are made from here; a `Where` or ``order_by`` on a field that is not listed
is a UsageError in every plug.
"""

from __future__ import annotations

from collections.abc import Mapping

COLLECTIONS: Mapping[str, tuple[str, ...]] = {
    "alerts": ("state", "check", "subject", "channel", "severity", "next_at", "opened_at", "resolved_at"),
    "silences": ("alert_id", "ended_at", "created_at"),
    "cards": ("channel", "dirty", "alert_id"),
    "heals": ("state", "alert_id", "next_at", "healer", "open", "untold", "requested_at"),
    "guards": (),  # budgets, cooldowns and breakers, one document a healer, one for the fleet
    "switches": (),  # kill switches
    "trail": ("shard", "seq", "at", "kind", "alert_id", "heal_id", "record_id"),
    "healing_events": ("timestamp", "healing_type", "outcome"),  # the events as the warehouse has them
    "heads": (),  # the chain head of each shard of the trail
    "cursors": (),  # how far each shard has been exported
    "outbox": ("at", "table"),  # rows of runs, metrics and decisions on their way to the warehouse
    "presses": ("state", "at"),
    "leases": (),
    "ticks": ("entry", "at", "state"),
    "schedule": (),  # the cursor of each entry
    "latest": ("check", "state"),  # the last result of each check
    "notes": (),  # pattern levels and other small marks of our own
}

SERIES: Mapping[str, str] = {
    "heals": "healing events by <healing_type>|<outcome>",
    "heal_runs": "healing events by <healing_type>|<run>, to tell one run's burst from several runs",
    "decisions": "decisions by <reason>",
}

PAIRS: Mapping[str, tuple[tuple[str, ...], ...]] = {  # queries that are equal in the first field, ordered by the second
    "alerts": (("state", "next_at"),),
    "heals": (("state", "next_at"),),
    "trail": (("shard", "seq"), ("kind", "at")),
    "healing_events": (("healing_type", "timestamp"),),
    "outbox": (("table", "at"),),
    "presses": (("state", "at"),),
}
