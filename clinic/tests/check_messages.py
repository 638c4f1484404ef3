"""Helpers for tests of the system checks."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
STRONG = "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789"


def ids(messages):
    """Return the ids of the messages that a check returns."""
    return [message.id for message in messages]
