"""Loads the generated rows into the embedded warehouse."""

from __future__ import annotations

from pathlib import Path

from control_plane.backends.local.duck_file import DuckFile
from control_plane.backends.local.duck_write import PipelineWriter

from . import PROJECT
from .days import Tables
from .tables import all_tables


def load_warehouse(path: Path, tables: Tables) -> None:
    """Writes beside ``path`` and renames at the end, so that the file is there whole or not at all."""
    beside = path.with_name(f"{path.name}.seeding")
    file = DuckFile(beside, project=PROJECT)
    try:
        writer = PipelineWriter(file)
        for table in all_tables():
            writer.create_table(
                table.dataset,
                table.name,
                list(table.columns),
                partition_column=table.partition,
                require_partition_filter=table.filtered,
            )
            if rows := tables.get(table.path):
                writer.load(table.path, rows)
    finally:
        file.close()
    beside.rename(path)
