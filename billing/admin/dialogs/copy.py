"""Dialog that copies an invoice as a new draft."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import InvoiceDialog, amount_lines, render_preview
from billing.models import Invoice
from billing.operations.drafts import copy_as_draft
from clinic.admin import Dialog, change_url
from clinic.admin.idempotent_forms import SubmitResult
from clinic.i18n.lazy_text import LazyText


class CopyDialog(InvoiceDialog):
    """Create a draft with the same content, for an invoice of any status."""

    live = False
    name, label, icon, shortcut = "copy", _("Copy as a new draft"), "content_copy", "y"
    required_permissions = (roles.DRAFT,)

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        """Every invoice can be copied."""

    dialog = Dialog(
        _("Copy as a new draft"),
        submit=_("Copy"),
        text=_(
            "The draft gets the same patient, payer, items, discounts and tags. Its dates, its notes and its "
            "appointment are left empty."
        ),
    )

    def effect(self) -> LazyText:
        return render_preview(amount_lines((_("Total"), self.record.total_amount)))

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        draft = copy_as_draft(self.record, by=by, at=at)
        text = gettext("This draft is a copy of %(number)s, without its dates, notes and appointment.")
        text %= {"number": self.record.reg_number}
        return SubmitResult(text, change_url(draft))
