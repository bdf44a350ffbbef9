"""The bot's own service in a process of its own, over a warehouse that hangs when told: ``python -m
tests.bot.hanging_service HOME API_URL PORT fine|silent|computing|stuck``."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.config import load_pipeline
from bot.house import build, open_backends
from bot.service import Place, Service
from bot.slack.http import Account
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.warehouse import SharedWarehouse
from schemas.ports import JsonMap, Rows
from tests.bot.slack.kit import SECRET, TOKEN

CONFIG = Path(__file__).parents[2] / "resilience.yaml"
ENDLESS = (
    "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 1000000)) AS a"
    " CROSS JOIN UNNEST(GENERATE_ARRAY(1, 1000000)) AS b WHERE MOD(a * b, 7) = 3"
)


class Hanging(SharedWarehouse):
    """A real warehouse whose queries never end: silent in Python, or computing in DuckDB. Stuck: nor does `close`."""

    how = "silent"

    def query(
        self, sql: str, params: JsonMap | None = None, *, now: datetime, timeout: timedelta, max_rows: int = 10_000
    ) -> Rows:
        print("hangs", flush=True)
        if self.how != "computing":
            threading.Event().wait()
        return super().query(ENDLESS, now=now, timeout=timedelta(hours=1))

    def close(self) -> None:
        if self.how == "stuck":
            threading.Event().wait()
        super().close()


def main(home: Path, api_url: str, port: int, how: str) -> None:
    pipeline = load_pipeline(CONFIG)
    back = open_backends(pipeline, home, SystemClock())
    if how != "fine":
        warehouse = Hanging(home, project=pipeline.name)
        warehouse.how = how
        back = replace(back, warehouse=warehouse, sight=replace(back.sight, warehouse=warehouse))
    house = build(pipeline, home, back, f"hanging-{how}")
    service = Service(house, Account(TOKEN, (SECRET,), api_url), Place("127.0.0.1", port))
    try:
        service.run(lambda: print("open", flush=True))
    finally:
        house.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
