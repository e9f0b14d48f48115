"""claude-rasp: a private Claude on a small computer at home."""

__version__ = "0.1.0"
