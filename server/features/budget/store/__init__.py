"""The queries of the slice, by what they are about; those that write are called in a unit of work."""
