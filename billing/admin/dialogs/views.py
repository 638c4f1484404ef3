"""Views of the action dialogs: GET shows the dialog, POST performs the action once and redirects to the record."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from billing.admin.dialogs.action_links import INVOICE_DIALOGS, PAYMENT_DIALOGS
from billing.admin.dialogs.base import ActionDialog, InvoiceDialog
from billing.models import Invoice, Payment
from clinic.admin import AdminPage, change_url, register_page, run_dialog
from clinic.admin.idempotent_forms import SubmitResult, run_once
from clinic.domain.clock import current_time
from clinic.domain.errors import RuleBroken, StaleVersion


class ActionDialogPage(AdminPage):
    """Base view of the dialogs of one model."""

    permissions: tuple[str, ...] | None = ()
    model: ClassVar[type[Invoice | Payment]]
    dialogs: ClassVar[Mapping[str, type[ActionDialog]]]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return self.run(request, kwargs["pk"], kwargs["verb"])

    post = get

    def run(self, request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
        """Return the dialog, or the response after its action."""
        dialog = self.dialogs.get(action)
        if dialog is None:
            raise Http404
        if not dialog.is_permitted(request.user):
            raise PermissionDenied
        record = get_object_or_404(self.model._default_manager.select_related("patient"), pk=pk)
        form = dialog(request.POST if request.method == "POST" else None, request=request, record=record)
        return run_dialog(
            request,
            form,
            form.dialog._replace(is_dangerous=form.is_dangerous),
            perform=lambda valid_form: self.perform_once(request, cast("ActionDialog", valid_form)),
            back=change_url(record),
            template=form.template,
        )

    def perform_once(self, request: HttpRequest, form: ActionDialog) -> HttpResponse:
        """Perform the action, unless the same form was sent before, and redirect. Raises RuleBroken."""

        def perform() -> SubmitResult:
            with form.lock():
                return form.perform(by=cast("User", request.user), at=current_time())

        try:
            done = run_once(request, form.cleaned_data["once"], perform)
        except RuleBroken as refusal:
            form.record.refresh_from_db()
            _complete_refusal(form, refusal)
            raise
        messages.success(request, done.text)
        return HttpResponseRedirect(done.url)


@register_page("billing/invoice/<uuid:pk>/verb/<slug:verb>/", name="billing_invoice_verb")
class InvoiceDialogPage(ActionDialogPage):
    """The dialogs of an invoice."""

    permissions = ("billing.view_invoice",)
    model = Invoice
    dialogs = INVOICE_DIALOGS


@register_page("billing/payment/<uuid:pk>/verb/<slug:verb>/", name="billing_payment_verb")
class PaymentDialogPage(ActionDialogPage):
    """The dialogs of a payment."""

    permissions = ("billing.view_payment",)
    model = Payment
    dialogs = PAYMENT_DIALOGS


def _complete_refusal(form: ActionDialog, refusal: RuleBroken) -> None:
    """Attach a refusal to the field that it is about; bring an outdated form up to date, so that it can be resent."""
    if isinstance(refusal, StaleVersion):
        if isinstance(form, InvoiceDialog):
            form.rebase_on_current_version()
        refusal.detail = _("Somebody changed this while you had it open. Check it, then send it again.")
    elif "room" in refusal.members and not refusal.errors and "amount" in form.fields:
        refusal.pointing_at("/amount")
