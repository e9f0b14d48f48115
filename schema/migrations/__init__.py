"""What brings an older database to today’s tables; written by ops/new-migration, never edited."""
