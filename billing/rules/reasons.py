"""Reasons that operations ask for."""

from clinic.domain.errors import InvalidValue
from clinic.domain.text import strip


def check_reason(reason: str, *, what: str) -> None:
    """InvalidValue when the reason is empty; `what` names the operation, with its article."""
    if not strip(reason):
        raise InvalidValue.at("/reason", f"{what} needs a reason.", code="required")
