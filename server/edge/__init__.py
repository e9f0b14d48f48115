"""HTTP, server-sent events and socket plumbing."""
