"""The documentation is up to date: the paths that it names exist, and the diagram of statuses is MOVES."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from billing.rules.lifecycle import MOVES

pytestmark = pytest.mark.neutral

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = [
    "README.md",
    "billing/README.md",
    "docs/architecture.md",
    "docs/development.md",
    "docs/errors.md",
    "docs/operations.md",
    "docs/scale.md",
]
NOT_IN_GIT = {"var/", "var/clinic.sqlite3", "var/metrics/", "var/screenshots/", "var/tests/"}
FOLDERS = "api|billing|clinic|docs|models|operations|patients|reports|rules|script|templates|var"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_in_the_documentation_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(rf"(?<![\w/.:-])(?:{FOLDERS})/[\w./-]*", text)) | set(re.findall(r"`(\w+\.py)`", text))

    missing = {path for path in named if not any((ROOT / base / path).exists() for base in ("", "billing"))}

    assert named
    assert missing <= NOT_IN_GIT


def test_diagram_of_statuses_shows_the_table_of_moves():
    text = (ROOT / "billing/README.md").read_text(encoding="utf-8")

    drawn = set(re.findall(r"^    (\w+) --> (\w+)", text, re.MULTILINE))

    assert drawn == {(frm.value, to.value) for frm, followers in MOVES.items() for to in followers}
