"""The shapes in flight: requests, answers, stream events and socket frames.

The types of the web app are generated from here, so a change is a change of the wire.
"""
