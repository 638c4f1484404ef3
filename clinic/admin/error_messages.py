"""Messages of domain errors in the user's language.

The rules are plain Python and raise errors with an English message that contains the figures of the case. For other
languages, each error code has a translated message here, which `register_error_messages` adds. A limit that the error
carries follows the message. Codes whose errors are raised with a translated text are not registered.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from clinic.domain.errors import FieldError, RuleBroken
from clinic.i18n.display import format_currency, format_date
from clinic.i18n.lazy_text import LazyText

_messages: dict[str, LazyText] = {
    "rule_broken": _("This is not possible."),
    "invalid": _("This value is invalid."),
    "not_allowed": _("You don't have permission to do this."),
    "permission_denied": _("Your role does not allow this."),
    "stale_version": _("Somebody changed this while you had it open. Check it, then send it again."),
    "idempotency_key_reused": _("This form was already submitted with other values. Open it again."),
    "required": _("This field is required."),
    "not_positive": _("The amount must be above zero."),
    "out_of_range": _("This value is out of range."),
    "in_the_future": _("The date is in the future."),
}


def register_error_messages(messages: Mapping[str, LazyText]) -> None:
    """Add the messages of an app's error codes."""
    _messages.update(messages)


def error_messages() -> Mapping[str, LazyText]:
    """Return the messages by error code."""
    return _messages


def localized_message(error: RuleBroken, field_error: FieldError | None = None) -> str:
    """Return the message of a domain error, or of one of its field errors, in the user's language."""
    source = field_error or error
    if (get_language() or "en").startswith("en") or source.code not in _messages:
        return source.detail
    message = str(_messages[source.code])
    return " ".join([message, *_limits(error.members)]) if source.code == error.code else message


def _limits(members: Mapping[str, Any]) -> Iterator[str]:
    """Yield the limit that an error carries: the largest possible amount, or the last closed day."""
    match members:
        case {"room": Decimal() as room}:
            yield gettext("At most %(amount)s.") % {"amount": format_currency(room)}
        case {"closed_through": date() as closed}:
            yield gettext("Closed through %(day)s.") % {"day": format_date(closed)}
