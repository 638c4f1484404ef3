"""The verbs' addresses: GET asks, POST does it once, and goes to the page that shows what happened."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.admin.dialogs.action_links import OF_INVOICE, OF_PAYMENT
from billing.admin.dialogs.base import InvoiceVerb, VerbForm
from billing.models import Invoice, Payment
from clinic.admin import AdminPage, change_url, page, run_dialog
from clinic.admin.idempotent_forms import once
from clinic.domain.errors import FieldError, RuleBroken, StaleVersion


class VerbPage(AdminPage):
    """A verb of one kind of record."""

    permissions: tuple[str, ...] | None = ()
    verbs: ClassVar[Mapping[str, type[VerbForm]]]

    def records(self) -> QuerySet[Any]:
        """Those that the address may name."""
        raise NotImplementedError("A subclass says which records there are.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return self.ask(request, kwargs["pk"], kwargs["verb"])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return self.ask(request, kwargs["pk"], kwargs["verb"])

    def ask(self, request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
        """The dialog, or what it led to."""
        kind = self.verbs.get(verb)
        if kind is None:
            raise Http404
        if not kind.is_of(request.user):
            raise PermissionDenied
        record = get_object_or_404(self.records(), pk=pk)
        form = kind(request.POST if request.method == "POST" else None, request=request, record=record)
        return run_dialog(
            request,
            form,
            form.words(),
            perform=lambda asked: self.carry_out(request, cast("VerbForm", asked)),
            back=change_url(record),
            template=kind.template,
        )

    def carry_out(self, request: HttpRequest, form: VerbForm) -> HttpResponse:
        """Do it, once; what is refused stands at the right field, over the figures as they are now."""
        by, token = cast("User", request.user), form.cleaned_data["once"]
        try:
            done = once(request, token, lambda: form.perform(by=by, at=timezone.now()))
        except RuleBroken as refusal:
            form.record.refresh_from_db()
            _point(form, refusal)
            raise
        messages.success(request, done.text)
        return HttpResponseRedirect(done.url)


@page("billing/invoice/<uuid:pk>/verb/<slug:verb>/", name="billing_invoice_verb")
class InvoiceVerbPage(VerbPage):
    """What is done to an invoice."""

    permissions = ("billing.view_invoice",)
    verbs = OF_INVOICE

    def records(self) -> QuerySet[Any]:
        return Invoice.objects.select_related("patient")


@page("billing/payment/<uuid:pk>/verb/<slug:verb>/", name="billing_payment_verb")
class PaymentVerbPage(VerbPage):
    """What is done to a payment."""

    permissions = ("billing.view_payment",)
    verbs = OF_PAYMENT

    def records(self) -> QuerySet[Any]:
        return Payment.objects.select_related("patient")


def _point(form: VerbForm, refusal: RuleBroken) -> None:
    """Let a refusal point at the field that it is about, and a form that is out of date be sent again."""
    if isinstance(refusal, StaleVersion):
        if isinstance(form, InvoiceVerb):
            form.renew()
        refusal.detail = _("Somebody changed this while you had it open. Look at it again, then send it.")
    elif "room" in refusal.members and not refusal.errors and "amount" in form.fields:
        refusal.errors = (FieldError("/amount", refusal.code, refusal.detail),)
