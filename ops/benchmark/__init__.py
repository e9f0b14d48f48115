"""The parts of `ops/bench`: what is measured, and against what.

`upstream` stands in for the Claude API in a process of its own; `direct` reads it with nothing in
between, `device` through the app. What they have in common is `script`: the answer asked for.
"""
