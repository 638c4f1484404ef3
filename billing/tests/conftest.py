"""The desk at noon: who does what these tests do, and when."""

import pytest


@pytest.fixture
def desk(noon, clerk):
    """`**desk`: the clerk, now."""
    return {"by": clerk, "at": noon}
