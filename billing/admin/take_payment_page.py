"""The cash desk: a patient's money taken for as many of their invoices as it covers, and the receipt for it."""

import uuid
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.allocation_forms import AS_ENTERED, OLDEST_FIRST, OpenRow, Shares, as_shares
from billing.admin.dialogs.base import LAST_METHOD, Line, day_field, foretell, last_method, method_field, moment_of
from billing.choices import PaymentMethod
from billing.models import Payment, PaymentAllocation
from billing.operations.payments import take_payment
from billing.operations.version_checks import account_as_seen
from billing.reports.patient_account import PatientAccount, patient_account
from billing.rules.money import ZERO
from billing.rules.settlement import Overpayment
from clinic.admin import DESK, AdminPage, Crumb, DialogForm, Entry, MoneyFormField, page, refuse, register
from clinic.admin.idempotent_forms import Done, once
from clinic.domain.dates import today
from clinic.domain.errors import FieldError, RuleBroken, StaleVersion
from clinic.i18n.display import in_currency
from patients.models import Patient

FOUND_AT_MOST = 12  # patients of a search

register(
    Entry(DESK, 20, _("Take a payment"), "point_of_sale", "admin:billing_take_payment", roles.TAKE_PAYMENT.permission)
)


class CashForm(DialogForm):
    """What the desk is told of the money; `record` is the patient."""

    once = forms.UUIDField(widget=forms.HiddenInput, required=False)
    amount = MoneyFormField(label=_("Amount to take"))
    method = method_field()
    tendered = MoneyFormField(label=_("Handed over"), required=False, help_text=_("Cash: the change is worked out."))
    reference = forms.CharField(label=_("Reference"), max_length=100, required=False)
    received_at = day_field(label=_("Received on"), help_text=_("Empty: now."))
    allocation = forms.ChoiceField(
        label=_("Which invoices it pays"),
        choices=[(OLDEST_FIRST, _("The oldest due first")), (AS_ENTERED, _("As entered below"))],
        widget=forms.RadioSelect,
        initial=OLDEST_FIRST,
    )
    excess = forms.BooleanField(label=_("Keep what is left over as the patient’s credit"), required=False)

    record: Patient

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Patient) -> None:
        super().__init__(data, request=request, record=record)
        self.shares = Shares(self, record)
        self.initial.update(
            {
                "once": uuid.uuid4(),
                "method": last_method(request),
                "amount": self.shares.owed or None,
            }
        )
        if data is None:
            self.fields["amount"].widget.attrs["autofocus"] = True
        if data is None or self["allocation"].value() != AS_ENTERED:
            self.shares.fill(self.chosen)

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or {})
        if not values.get("once"):
            raise ValidationError(_("This page is incomplete: open it again."))
        return values

    @property
    def amount_told(self) -> Decimal:
        """The amount as it stands there; nothing where it cannot be read."""
        if not self.is_bound:
            return cast("Decimal | None", self.initial["amount"]) or ZERO
        try:
            return cast("Decimal", self.fields["amount"].clean(self.data.get("amount", ""))) or ZERO
        except ValidationError:
            return ZERO

    @property
    def chosen(self) -> dict[UUID, Decimal]:
        """What each invoice gets."""
        if self.is_bound and self["allocation"].value() == AS_ENTERED:
            return self.shares.entered()
        return self.shares.proposed(self.amount_told)

    @property
    def rows(self) -> list[OpenRow]:
        return self.shares.rows(self.chosen)

    def foretold(self) -> SafeString:
        """What is on invoices, what is left over, and the change."""
        amount, placed = self.amount_told, sum(self.chosen.values(), ZERO)
        tendered = self._tendered()
        lines = [
            Line(_("Onto invoices"), in_currency(placed)),
            Line(_("Still owed after this"), in_currency(max(ZERO, self.shares.owed - placed))),
        ]
        notes: list[str | Promise] = []
        if amount > placed:
            left = in_currency(amount - placed)
            if self.is_bound and self.data.get("excess"):
                lines.append(Line(_("Kept as the patient’s credit"), left))
            else:
                notes.append(
                    _("%(left)s would be on no invoice: lower the amount, or keep it as credit.") % {"left": left}
                )
        if placed > amount:
            notes.append(_("The invoices get more than the amount."))
        if tendered is not None and tendered < amount:
            notes.append(_("What was handed over does not cover the amount."))
        elif tendered is not None:
            lines.append(Line(_("Change to give back"), in_currency(tendered - amount), is_main=True))
        return foretell(lines, notes=notes)

    def perform(self, *, by: User, at: Any) -> Done:
        """Take the money; the answer is the receipt."""
        values = self.cleaned_data
        with account_as_seen(self.record, self.shares.versions()):
            payment = take_payment(
                patient=self.record,
                amount=values["amount"],
                method=PaymentMethod(values["method"]),
                allocations=as_shares(self.chosen),
                tendered=values["tendered"],
                reference=values["reference"],
                received_at=moment_of(values["received_at"]),
                excess_to_credit=values["excess"],
                by=by,
                at=at,
            )
        self.request.session[LAST_METHOD] = values["method"]
        return Done("", reverse("admin:billing_receipt", args=[payment.pk]))

    def _tendered(self) -> Decimal | None:
        if not self.is_bound:
            return None
        try:
            return cast("Decimal | None", self.fields["tendered"].clean(self.data.get("tendered", "")))
        except ValidationError:
            return None


@page("cash-desk/", name="billing_take_payment")
class CashDesk(AdminPage):
    """First whose money it is, then how much, and what it pays."""

    title = _("Take a payment")
    permissions = (roles.TAKE_PAYMENT.permission, "patients.view_patient", "billing.view_invoice")
    template_name = "admin/billing/take_payment/page.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        if "patient" not in request.GET:
            found = _found(request.GET.get("q", ""))
            if len(found["found"]) == 1 and "HX-Request" not in request.headers:
                return HttpResponseRedirect(f"{request.path}?patient={found['found'][0].pk}")
            return self.render_to_response(self.get_context_data(**found))
        return self._shown(CashForm(request=request, record=_patient(request)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        patient = _patient(request)
        form = CashForm(request.POST, request=request, record=patient)
        if "_foretell" in request.POST and "X-Requested-With" in request.headers:
            return render(request, "admin/billing/take_payment/form.html", {"form": form, "patient": patient})
        if "_foretell" in request.POST or not form.is_valid():
            return self._shown(form)
        by = cast("User", request.user)
        try:
            done = once(request, form.cleaned_data["once"], lambda: form.perform(by=by, at=timezone.now()))
        except RuleBroken as refusal:
            return self._shown(_refused(form, refusal))
        return HttpResponseRedirect(done.url)

    def _shown(self, form: CashForm) -> HttpResponse:
        glance: PatientAccount = patient_account(form.record, on=today())
        context = self.get_context_data(form=form, patient=form.record, account=glance)
        return self.render_to_response(context)


@page("cash-desk/receipt/<uuid:pk>/", name="billing_receipt")
class Receipt(AdminPage):
    """What the patient is told and given: the number, the change, and what was paid."""

    title = _("Receipt")
    permissions = ("billing.view_payment", "billing.view_invoice", "patients.view_patient")
    template_name = "admin/billing/take_payment/receipt.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Payments"), reverse("admin:billing_payment_changelist")), *super().get_breadcrumbs()]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        payment = get_object_or_404(
            Payment.objects.with_unallocated().select_related("patient", "created_by"), pk=kwargs["pk"], reverses=None
        )
        placed = PaymentAllocation.objects.filter(payment=payment, invoice__isnull=False, created_at=payment.created_at)
        parts = list(placed.select_related("invoice").order_by("invoice__reg_number"))
        return super().get_context_data(payment=payment, parts=parts, **kwargs)


def _patient(request: HttpRequest) -> Patient:
    """The patient whom the address names; 404 for nobody."""
    try:
        return get_object_or_404(Patient, pk=UUID(request.GET.get("patient", "")))
    except ValueError as error:
        raise Http404 from error


def _found(words: str) -> dict[str, Any]:
    """The patients in whose particulars every word occurs."""
    words = words.strip()[:200]
    if not words:
        return {"words": "", "found": []}
    found = Patient.objects.found_by(words).order_by("sort_name", "pk")[: FOUND_AT_MOST + 1]
    return {"words": words, "found": list(found)[:FOUND_AT_MOST], "has_more": len(found) > FOUND_AT_MOST}


def _refused(form: CashForm, refusal: RuleBroken) -> CashForm:
    """The form with the refusal at its field, over the invoices as they are now."""
    if isinstance(refusal, StaleVersion):
        form = CashForm(form.data, request=form.request, record=form.record)
        form.is_valid()
        changed = ", ".join(each.reg_number for each in form.shares.invoices if each.pk in refusal.members["changed"])
        detail = gettext("Somebody changed an invoice of this patient while you were here. Look at what is owed now.")
        refusal = StaleVersion(f"{detail} {changed}".strip(), code="account_changed")  # said in the reader’s language
    elif isinstance(refusal, Overpayment) and not refusal.errors:
        errors = [FieldError("/excess", refusal.code, refusal.detail)]
        refusal = Overpayment(refusal.detail, errors=errors, **refusal.members)
    refuse(form, refusal)
    return form
