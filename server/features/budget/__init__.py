"""Money: exact costs, limits that cannot be passed, and who is told."""
