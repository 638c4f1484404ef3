"""Settings of every test, and the choice of tests for each database."""

import re
from importlib.util import find_spec

import hypothesis
import pytest
from django.conf import settings

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

pytest_plugins = ["clinic.tests.database", "clinic.testing"]
# Babel is a development requirement: without it, pytest must not import these modules to look for doctests.
collect_ignore = [] if find_spec("babel") else ["clinic/i18n/messages.py", "clinic/management/commands/messages.py"]


def pytest_configure() -> None:
    """Set what a test must not wait for, or be redirected by."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", settings.PASSWORD_HASHERS[-1]]
    settings.SECURE_SSL_REDIRECT = False
    settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 0
    settings.THROTTLE_TOKEN_USER = settings.THROTTLE_TOKEN_CLIENT = 0
    # the same cases in every run, and none that fails because the machine was busy
    hypothesis.settings.register_profile("books", deadline=None, derandomize=True)
    hypothesis.settings.load_profile("books")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a long test be a slow one as well."""
    if item.get_closest_marker("long"):
        item.add_marker(pytest.mark.slow)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip on SQLite the tests that need PostgreSQL, and leave out on PostgreSQL those that run on SQLite only.

    `-m neutral` runs the tests with that marker on PostgreSQL as well.
    """
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))
    elif "neutral" not in config.option.markexpr:
        config.hook.pytest_deselected(items=[item for item in items if is_neutral(item)])
        items[:] = [item for item in items if not is_neutral(item)]


def is_neutral(item: pytest.Item) -> bool:
    """Return whether a test has the same result on every database: it is marked so, or it cannot reach one."""
    if item.get_closest_marker("postgres"):
        return False
    if item.get_closest_marker("neutral") or item.get_closest_marker("browser"):
        return True
    return not item.get_closest_marker("django_db") and "django_db_setup" not in getattr(item, "fixturenames", ())


def pytest_make_parametrize_id(val: object) -> str | None:
    """Return the name of a case without UUIDs, which differ in each worker and would make it another test."""
    if UUID.search(str(val)):
        return UUID.sub("uuid", str(val))
    return None
