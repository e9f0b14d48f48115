"""The database: opening it, migrating it, and units of work that survive cancellation.

`Database` is what the rest of the server sees. Rows are read through the tables in `schema.tables`
and written inside `Database.write`.
"""

from .database import Database, DatabaseError, StorageErrors

__all__ = ["Database", "DatabaseError", "StorageErrors"]
