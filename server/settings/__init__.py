"""The settings: config/default.yaml, a user's file, .env and the environment, made one and frozen.

What is wrong stops the start with one line that names the setting, what was given and what is
allowed. Units and meanings are written in config/default.yaml, which holds every setting.
"""

from .load import load_settings
from .model import Settings

__all__ = ["Settings", "load_settings"]
