"""``python bare_run.py HOME PROJECT``: the queries of the shipped canaries and the batches, by hand, printed as JSON.

It judges nothing and keeps nothing. It opens DuckDB and SQLite, reads what ``resilience run --tier all --json`` reads,
and nothing else: the translated SQL stands ready in ``queries.json``, as a person would have it.
"""

import datetime
import json
import sqlite3
import sys
from pathlib import Path

import duckdb

READ = {"date": datetime.date.fromisoformat, "datetime": datetime.datetime.fromisoformat}
home, project = Path(sys.argv[1]), sys.argv[2]
queries = json.loads((home / "queries.json").read_text())
warehouse = duckdb.connect()
warehouse.execute("SET TimeZone = 'UTC'")
for macro in queries["macros"]:
    warehouse.execute(macro)
warehouse.execute(f"ATTACH '{home / 'warehouse.duckdb'}' AS \"{project}\" (READ_ONLY)")
found = {}
for name, query in queries["checks"].items():
    bound = {key: READ.get(kind, lambda value: value)(value) for key, (kind, value) in query["values"].items()}
    found[name] = [[str(value) for value in row] for row in warehouse.execute(query["sql"], bound).fetchall()]
live = sqlite3.connect(home / "live.sqlite")
found["batches"] = [json.loads(value) for (value,) in live.execute("SELECT value FROM documents")]
print(json.dumps({"schema_version": 1, **found}, indent=2))
