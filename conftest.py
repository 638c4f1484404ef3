"""How every test runs: over plain http, with cheap passwords, and on which database."""

import re
from importlib.util import find_spec

import hypothesis
import pytest
from django.conf import settings

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

pytest_plugins = ["clinic.testing", "billing.tests.flush"]
# Babel is a development requirement: without it, pytest must not import these modules to look for doctests.
collect_ignore = [] if find_spec("babel") else ["clinic/i18n/messages.py", "clinic/management/commands/messages.py"]


def pytest_configure() -> None:
    """What a clinic must have and a test must not wait for, or be redirected by."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECURE_SSL_REDIRECT = False
    settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 0
    # the same cases in every run, and none that fails because the machine was busy
    hypothesis.settings.register_profile("books", deadline=None, derandomize=True)
    hypothesis.settings.load_profile("books")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of row locks and deferred triggers run where these exist."""
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    skip = pytest.mark.skip(reason="needs PostgreSQL")
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(skip)


def pytest_make_parametrize_id(val: object) -> str | None:
    """A case's name without the UUIDs in it: drawn anew by each worker, they would make it another test."""
    if UUID.search(str(val)):
        return UUID.sub("uuid", str(val))
    return None
