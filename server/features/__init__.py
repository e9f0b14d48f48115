"""The slices: a folder each, with its routes, service and store."""
