"""The queries of the slice, by what they are about. What writes is called inside a unit of work.

Those on the way of every request are plain SQL: a request waits for each of them.
"""
