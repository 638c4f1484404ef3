"""Who asks the API, where it does not matter about what."""

import pytest


@pytest.fixture
def client(api, clerk):
    """The clerk's client of the API."""
    return api(clerk)
