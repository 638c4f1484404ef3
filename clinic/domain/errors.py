"""The family of refusals: what a rule of the clinic says no with, and why. Names no framework."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Self


class FieldError(NamedTuple):
    """One wrong value: where it stands in the request (a JSON pointer), its code, and a sentence."""

    pointer: str
    code: str
    detail: str


class RuleBroken(Exception):
    """The books do not allow that. `code` names the rule; `detail` is a sentence that a clerk understands.

    `errors` points at the values concerned; further keyword arguments become members of the problem
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
        """The refusal of one value, which stands there in the request.

        >>> BadValue.at("/amount", "The amount must be above zero.", code="not_positive").errors[0].pointer
        '/amount'
        """
        return cls(detail, errors=[FieldError(pointer, code or cls.code, detail)], code=code, **members)


class BadValue(RuleBroken):
    """What was sent can never be right, whatever the books say."""

    code = "invalid"
    title = "A value is not valid"


class NotAllowed(RuleBroken):
    """The books would allow it, but not by this person."""

    code = "not_allowed"
    title = "Not yours to do"


class StaleVersion(RuleBroken):
    """Someone else changed the record since the caller read it."""

    code = "stale_version"
    title = "Changed by someone else"


class KeyReused(RuleBroken):
    """The idempotency key stands for another request: its method, path or body was not this one."""

    code = "idempotency_key_reused"
    title = "The key was used for something else"


class KeyInFlight(RuleBroken):
    """The first request with this idempotency key is not answered yet; “Retry-After” says when to ask again."""

    code = "idempotency_key_in_flight"
    title = "The same is being done"
