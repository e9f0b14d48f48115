"""Why the program cannot start."""


class StartError(Exception):
    """The start is refused; the text is one line that tells a person what to do."""
