"""Who asks the API about patients and appointments."""

import pytest


@pytest.fixture
def client(api, clerk):
    """The clerk's client of the API."""
    return api(clerk)
