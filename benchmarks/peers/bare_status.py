"""``python bare_status.py STORE``: what ``resilience status --json`` reads, straight from SQLite, printed as JSON."""

import json
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1])
read = {
    name: [json.loads(value) for (value,) in connection.execute(f"SELECT value FROM {table} {where}")]
    for name, table, where in (
        ("alerts", "d_alerts", "WHERE f_state = 'firing' ORDER BY f_opened_at"),
        ("checks", "d_latest", "ORDER BY key"),
        ("unsent", "d_cards", "WHERE f_dirty = 1"),
        ("heals", "d_heals", "WHERE f_open = 1"),
        ("switches", "d_switches", "ORDER BY key"),
        ("outbox", "d_outbox", "ORDER BY f_at LIMIT 1"),
    )
}
print(json.dumps({"schema_version": 1, **read}, indent=2))
