"""The client of the tests of the API."""

import pytest


@pytest.fixture
def client(api, clerk):
    """The clerk's client of the API."""
    return api(clerk)
