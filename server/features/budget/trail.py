"""Reading the audit log."""

from schema.wire.money import Audit, AuditEntry

from .store import audit, members


class Trail:
    """Who did what with money, and why."""

    async def newest(self, limit: int) -> Audit:
        """Return the newest entries, newest first; the server itself has no name."""
        rows = await audit.newest(limit)
        names = await members.names({row.user_id for row in rows if row.user_id is not None})
        return Audit(
            entries=[
                AuditEntry(
                    at=row.at,
                    user=row.user_id,
                    username=None if row.user_id is None else names.get(row.user_id),
                    event=row.event,
                    facts=row.facts,
                )
                for row in rows
            ]
        )
