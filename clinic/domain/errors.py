"""Domain exceptions, free of any framework: `RuleBroken` and the kinds that every app shares."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Self


class FieldError(NamedTuple):
    """One wrong value of a request: its JSON pointer, an error code and a sentence."""

    pointer: str
    code: str
    detail: str


class RuleBroken(Exception):
    """A rule of the domain refuses the operation. `code` names the rule; `detail` is a sentence for a clerk.

    `errors` points at the values concerned; further keyword arguments become members of the API's problem
    (`allowed=["ISSUED"]`, `room=Decimal("54.99")`).
    """

    code = "rule_broken"
    title = "The books do not allow that"

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
        return cls(detail, errors=[FieldError(pointer, code or cls.code, detail)], code=code, **members)


class InvalidValue(RuleBroken):
    """A value that is wrong whatever the state of the records."""

    code = "invalid"
    title = "A value is not valid"


class NotAllowed(RuleBroken):
    """The operation is possible, but not for this person."""

    code = "not_allowed"
    title = "Not yours to do"


class StaleVersion(RuleBroken):
    """Someone else changed the record since the caller read it."""

    code = "stale_version"
    title = "Changed by someone else"


class IdempotencyKeyReused(RuleBroken):
    """The idempotency key was used for another request: method, path or body differ."""

    code = "idempotency_key_reused"
    title = "The key was used for something else"


class IdempotencyKeyInFlight(RuleBroken):
    """The first request with this idempotency key is still running; “Retry-After” says when to try again."""

    code = "idempotency_key_in_flight"
    title = "The same is being done"
