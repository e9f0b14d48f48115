"""Errors, clock, ids and texts: pure, no input or output."""
