"""How Tortoise and aerich are told about the tables and the database file."""

from pathlib import Path
from typing import Any

APP = "claude_rasp"
TABLES = ["schema.tables.identity", "schema.tables.chat", "schema.tables.budget"]
BUSY_TIMEOUT_MILLISECONDS = 5_000


def tortoise_config(
    path: Path, *, foreign_keys: bool = True, aerich: bool = False
) -> dict[str, Any]:
    """Describe the database at `path` to Tortoise.

    Migrations switch the foreign keys off, because a table that is rebuilt would otherwise take
    the rows that point to it along; `aerich` adds its own bookkeeping table.
    """
    return {
        "connections": {
            "default": {
                "engine": "server.store.sqlite",
                "credentials": {
                    "file_path": str(path),
                    "journal_mode": "WAL",
                    "synchronous": "FULL",
                    "foreign_keys": "ON" if foreign_keys else "OFF",
                    "busy_timeout": BUSY_TIMEOUT_MILLISECONDS,
                    "journal_size_limit": 16 * 1024 * 1024,
                },
            }
        },
        "apps": {
            APP: {
                "models": [*TABLES, "aerich.models"] if aerich else TABLES,
                "default_connection": "default",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


AERICH = tortoise_config(Path("storage/claude-rasp.db"), foreign_keys=False, aerich=True)
"""Read by the aerich command line when a migration is written."""
