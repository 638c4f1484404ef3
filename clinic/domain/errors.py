"""Domain exceptions, free of any framework: `RuleBroken` and the kinds that every app shares."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self


class FieldError(NamedTuple):
    """One wrong value of a request: its JSON pointer, an error code and a sentence."""

    pointer: str
    code: str
    detail: str


class RuleBroken(Exception):
    """A business rule does not allow the operation. `code` names the rule; `detail` explains it to a clerk.

    `errors` points at the values concerned; further keyword arguments become members of the API's problem
    (`allowed=["ISSUED"]`, `room=Decimal("54.99")`).
    """

    code = "rule_broken"
    title = "Not possible in the current state of the records"

    def __init__(self, detail: str, *, errors: Iterable[FieldError] = (), code: str = "", **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.errors = tuple(errors)
        self.members = members

    @classmethod
    def at(cls, pointer: str, detail: str, *, code: str = "", **members: Any) -> Self:
        """Return an error about the one value at a JSON pointer.

        >>> InvalidValue.at("/amount", "The amount must be above zero.", code="not_positive").errors[0].pointer
        '/amount'
        """
        return cls(detail, code=code, **members).pointing_at(pointer)

    def pointing_at(self, *pointers: str) -> Self:
        """Return this error, about the values at these JSON pointers."""
        self.errors = tuple(FieldError(pointer, self.code, self.detail) for pointer in pointers)
        return self


@contextmanager
def collecting(errors: list[FieldError]) -> Iterator[None]:
    """Add the errors of an InvalidValue to the list, and ignore any other broken rule, in place of raising them.

    >>> errors = []
    >>> with collecting(errors):
    ...     raise InvalidValue.at("/amount", "The amount must be above zero.", code="not_positive")
    >>> errors[0].code
    'not_positive'
    """
    try:
        yield
    except InvalidValue as refusal:
        errors.extend(refusal.errors)
    except RuleBroken:
        pass


class InvalidValue(RuleBroken):
    """A value is invalid, whatever the state of the records."""

    code = "invalid"
    title = "Invalid value"


class NotAllowed(RuleBroken):
    """The operation is possible, but not for this user."""

    code = "not_allowed"
    title = "You don't have permission to do this"


class StaleVersion(RuleBroken):
    """Somebody else changed the record after the client read it."""

    code = "stale_version"
    title = "Changed by somebody else"


class IdempotencyKeyReused(RuleBroken):
    """The idempotency key was already used for another request: the method, path or body differs."""

    code = "idempotency_key_reused"
    title = "The idempotency key was already used"


class IdempotencyKeyInFlight(RuleBroken):
    """The first request with this idempotency key is still in progress; “Retry-After” says when to try again."""

    code = "idempotency_key_in_flight"
    title = "The same request is still in progress"
