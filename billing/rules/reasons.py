"""Reasons that operations ask for."""

from clinic.domain.errors import InvalidValue
from clinic.domain.text import strip


def check_reason(reason: str, *, what: str) -> None:
    """InvalidValue when the reason is empty; `what` names the operation, with its article."""
    if not strip(reason):
        raise InvalidValue.at("/reason", f"{what} needs a reason.", code="required")


def check_void_reason(reason: str) -> None:
    """InvalidValue if the reason for voiding an issued invoice is empty."""
    check_reason(reason, what="Voiding an issued invoice")
