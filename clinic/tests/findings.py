"""What the checks of a deployment found."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
STRONG = "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789"


def ids(found):
    return [finding.id for finding in found]
