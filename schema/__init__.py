"""Every shape the data takes: `wire` in flight, `tables` at rest. Imports nothing of ours."""
