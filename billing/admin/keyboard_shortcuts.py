"""Keyboard shortcuts of the admin, and the page that lists them (opened by “?”)."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from billing.admin.dialogs.action_links import INVOICE_DIALOGS, PAYMENT_DIALOGS
from billing.admin.dialogs.base import ActionDialog
from clinic.admin import AdminPage, register_page
from clinic.i18n.lazy_text import LazyText


class Shortcut(NamedTuple):
    """A key and its effect."""

    key: LazyText
    label: LazyText


INVOICE_LIST = (
    Shortcut("j", _("Next line")),
    Shortcut("k", _("Previous line")),
    Shortcut(_("Enter"), _("Open the line")),
    Shortcut("p", _("Record a payment for the selected invoice")),
)
EVERYWHERE = (
    Shortcut(_("Ctrl + K"), _("Search pages, patients, invoices")),
    Shortcut("/", _("Search the list")),
    Shortcut("?", _("Show the keyboard shortcuts")),
    Shortcut(_("Esc"), _("Close a dialog")),
)


@register_page("keys/", name="billing_keys")
class KeyboardShortcutsPage(AdminPage):
    """The shortcuts that the user's permissions allow."""

    title = _("Keyboard shortcuts")
    permissions = ()
    template_name = "admin/billing/dialogs/keyboard_shortcuts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        groups = [
            (_("Everywhere"), EVERYWHERE),
            (_("In the list of invoices"), INVOICE_LIST),
            (_("On the page of an invoice"), self._shortcuts_of(INVOICE_DIALOGS)),
            (_("On the page of a payment"), self._shortcuts_of(PAYMENT_DIALOGS)),
        ]
        return super().get_context_data(groups=groups, **kwargs)

    def _shortcuts_of(self, dialogs: dict[str, type[ActionDialog]]) -> list[Shortcut]:
        permitted = (dialog for dialog in dialogs.values() if dialog.is_permitted(self.request.user))
        return [Shortcut(dialog.shortcut, dialog.label) for dialog in permitted]
