"""Rollback of both backends."""

from typing import Any


class KeepErrorMixin:
    """Connection that is still checked at the end of a request in which an error occurred and was rolled back."""

    errors_occurred: bool

    def rollback(self) -> None:
        """Roll back, and remember the errors, which Django forgets here."""
        errors_occurred = self.errors_occurred
        wrapper: Any = super()
        wrapper.rollback()
        self.errors_occurred = errors_occurred
