"""The database: opening it, migrating it, and units of work that survive cancellation.

`Database` is what the rest of the server sees. Rows are read through the tables in `schema.tables`
and written inside `Database.write`.
"""

from .database import Database, DatabaseError, StorageErrors
from .trip import Found, Statement, trip

__all__ = ["Database", "DatabaseError", "Found", "Statement", "StorageErrors", "trip"]
