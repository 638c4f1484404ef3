"""The desk at noon: who does what these tests do, and when."""

import pytest


@pytest.fixture
def desk(noon, supervisor):
    """`**desk`: a supervisor, now."""
    return {"by": supervisor, "at": noon}
