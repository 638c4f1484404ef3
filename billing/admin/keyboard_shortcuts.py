"""The keyboard of the desk: which keys there are, said on a page of its own, which “?” opens."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.admin.dialogs.action_links import OF_INVOICE, OF_PAYMENT
from billing.admin.dialogs.base import VerbForm
from clinic.admin import AdminPage, page


class Key(NamedTuple):
    """A key, and what it does."""

    key: str | Promise
    does: str | Promise


LIST = (
    Key("j", _("Next line")),
    Key("k", _("Line before")),
    Key(_("Enter"), _("Open the line")),
    Key("p", _("Record a payment on the line’s invoice")),
)
EVERYWHERE = (
    Key(_("Ctrl + K"), _("Search pages, patients, invoices")),
    Key("?", _("Show these keys")),
    Key(_("Esc"), _("Close a dialog")),
)


@page("keys/", name="billing_keys")
class KeysPage(AdminPage):
    """The keys that a person has."""

    title = _("Keys")
    permissions = ()
    template_name = "admin/billing/dialogs/keyboard_shortcuts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        groups = [
            (_("Everywhere"), EVERYWHERE),
            (_("In the list of invoices"), LIST),
            (_("On the page of an invoice"), self._of(OF_INVOICE)),
            (_("On the page of a payment"), self._of(OF_PAYMENT)),
        ]
        return super().get_context_data(groups=groups, **kwargs)

    def _of(self, verbs: dict[str, type[VerbForm]]) -> list[Key]:
        mine = (verb for verb in verbs.values() if verb.is_of(self.request.user))
        return [Key(verb.key, verb.label) for verb in mine]


def style_sheet(_request: HttpRequest) -> str:
    return static("billing/dialogs.css")


def script(_request: HttpRequest) -> str:
    return static("billing/dialogs.js")
