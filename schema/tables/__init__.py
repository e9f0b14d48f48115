"""The shapes at rest, one file per slice. Money is in integers, times are UTC."""
