"""What a refusal of the books says to the reader: in English its own sentence, elsewhere one for its code.

The rules are plain Python and speak English, with the figures of the case. `explain` gives a sentence for each code, in
gettext; where a refusal says how much would be possible, that is said after it. A refusal that the
desk words itself has a code without a sentence here.
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

_sentences: dict[str, LazyText] = {
    "rule_broken": _("The books do not allow that."),
    "invalid": _("This value cannot be right."),
    "not_allowed": _("This is not yours to do."),
    "permission_denied": _("The role of this login does not include that."),
    "stale_version": _("Somebody changed this while you had it open. Look at it again, then send it."),
    "idempotency_key_reused": _("This form was sent before with other values, and carried out. Open it again."),
    "required": _("This is missing."),
    "not_positive": _("The amount must be above zero."),
    "out_of_range": _("This lies outside of what is possible."),
    "in_the_future": _("That day has not come yet."),
}


def register_error_messages(sentences: Mapping[str, LazyText]) -> None:
    """Say what codes of an app mean, a sentence each."""
    _sentences.update(sentences)


def error_messages() -> Mapping[str, LazyText]:
    """The sentence of every code that has one."""
    return _sentences


def localized_message(refusal: RuleBroken, error: FieldError | None = None) -> str:
    """The refusal, or one of its errors, in the reader's language."""
    told = error or refusal
    if (get_language() or "en").startswith("en") or told.code not in _sentences:
        return told.detail
    sentence = str(_sentences[told.code])
    return " ".join([sentence, *_figures(refusal.members)]) if told.code == refusal.code else sentence


def _figures(members: Mapping[str, Any]) -> Iterator[str]:
    """How much would be possible, and since when nothing is."""
    match members:
        case {"room": Decimal() as room}:
            yield gettext("At most %(amount)s.") % {"amount": format_currency(room)}
        case {"closed_through": date() as closed}:
            yield gettext("Closed through %(day)s.") % {"day": format_date(closed)}
