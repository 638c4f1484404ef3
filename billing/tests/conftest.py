"""Fixtures of all tests of billing."""

import pytest


@pytest.fixture
def actor(noon, supervisor):
    """The arguments `by` and `at` of an operation: `**actor` is a supervisor, now."""
    return {"by": supervisor, "at": noon}
