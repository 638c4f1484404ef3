"""Fixtures of the race tests: the books are consistent at the end."""

from collections.abc import Iterator

import pytest

from billing.reports.books_check import check_books


@pytest.fixture
def books_are_clean(transactional_db) -> Iterator[None]:
    """After the test, every invariant of the books holds."""
    yield
    assert check_books() == []
