"""Page to take a payment for several of a patient's invoices (the cash desk)."""

from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.allocation_forms import AS_ENTERED, OLDEST_FIRST, AllocationFields, AllocationRow, as_shares
from billing.admin.dialogs.base import (
    LAST_PAYMENT_METHOD,
    OnceForm,
    PreviewLine,
    date_field,
    last_payment_method,
    payment_details,
    payment_method_field,
    render_preview,
)
from billing.admin.dialogs.use_credit import credit_offer
from billing.operations.account_credit import use_credit
from billing.operations.payments import take_payment
from billing.operations.version_checks import account_locked_at_versions
from billing.reports.patient_account import PatientAccount, patient_account
from billing.rules.limits import REFERENCE_LENGTH
from billing.rules.money import ZERO
from billing.rules.settlement import Overpayment
from clinic.admin import (
    DAILY_WORK,
    AdminPage,
    MoneyFormField,
    SidebarEntry,
    TextFormField,
    add_domain_error,
    add_to_sidebar,
    localized_message,
    register_page,
)
from clinic.admin.form_errors import INCOMPLETE
from clinic.admin.idempotent_forms import SubmitResult, run_once
from clinic.domain.clock import current_time
from clinic.domain.dates import today
from clinic.domain.errors import RuleBroken, StaleVersion
from clinic.domain.text import bounded_search
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText
from patients.models import Patient

MAX_PATIENTS = 12  # results of a search

add_to_sidebar(
    SidebarEntry(
        DAILY_WORK,
        20,
        _("Take a payment"),
        "point_of_sale",
        "admin:billing_take_payment",
        roles.TAKE_PAYMENT.django_permission,
    )
)


class TakePaymentForm(OnceForm):
    """The form of a payment; `record` is the patient."""

    amount = MoneyFormField(label=_("Payment amount"))
    method = payment_method_field()
    tendered = MoneyFormField(
        label=_("Cash received"), required=False, help_text=_("For cash: the change is calculated.")
    )
    reference = TextFormField(label=_("Reference"), max_length=REFERENCE_LENGTH, required=False)
    received_at = date_field(label=_("Received on"), help_text=_("If empty: now."))
    allocation = forms.ChoiceField(
        label=_("Allocation to invoices"),
        choices=[(OLDEST_FIRST, _("The oldest due first")), (AS_ENTERED, _("As entered below"))],
        widget=forms.RadioSelect,
        initial=OLDEST_FIRST,
    )
    excess = forms.BooleanField(label=_("Keep the excess as the patient’s credit"), required=False)

    record: Patient

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Patient) -> None:
        super().__init__(data, request=request, record=record)
        self.allocations = AllocationFields(self, record)
        self.initial["method"] = last_payment_method(request)
        self.initial["amount"] = self.allocations.total_due or None
        if data is None:
            self.fields["amount"].widget.attrs["autofocus"] = True
        if not self.allocations.invoices:
            del self.fields["allocation"]
        if not self.is_as_entered:
            self.allocations.fill(self.amounts)

    @property
    def is_as_entered(self) -> bool:
        """True if the user enters the amount for each invoice."""
        return self.is_bound and self.data.get("allocation") == AS_ENTERED

    @property
    def entered_amount(self) -> Decimal:
        """The entered or initial amount; zero if it is invalid."""
        if not self.is_bound:
            return cast("Decimal | None", self.initial["amount"]) or ZERO
        try:
            return cast("Decimal", self.fields["amount"].clean(self.data.get("amount", ""))) or ZERO
        except ValidationError:
            return ZERO

    @property
    def amounts(self) -> dict[UUID, Decimal]:
        """The amount for each invoice: entered, or proposed."""
        if self.is_as_entered:
            return self.allocations.entered()
        return self.allocations.proposed(self.entered_amount)

    @property
    def rows(self) -> list[AllocationRow]:
        return self.allocations.rows(self.amounts)

    def preview(self) -> SafeString:
        """Return the amount allocated, the amount left over, and the change, as HTML."""
        amount, allocated = self.entered_amount, sum(self.amounts.values(), ZERO)
        owed = self.allocations.total_due + self.allocations.due_without_field
        tendered = self._tendered()
        lines = [
            PreviewLine(_("Allocated to invoices"), format_currency(allocated)),
            PreviewLine(_("Still owed after this"), format_currency(max(ZERO, owed - allocated))),
        ]
        notes: list[LazyText] = []
        if amount > allocated:
            left = format_currency(amount - allocated)
            if self.is_bound and self.data.get("excess"):
                lines.append(PreviewLine(_("Kept as the patient’s credit"), left))
            else:
                notes.append(
                    _("%(left)s would not be allocated. Lower the amount, or keep the excess as credit.")
                    % {"left": left}
                )
        if allocated > amount:
            notes.append(_("The amounts for the invoices exceed the payment."))
        if tendered is not None and tendered < amount:
            notes.append(_("The cash received does not cover the amount."))
        elif tendered is not None:
            lines.append(PreviewLine(_("Change due"), format_currency(tendered - amount), is_main=True))
        return render_preview(lines, notes=notes)

    def perform(self, *, by: User, at: Any) -> SubmitResult:
        """Take the payment; the result leads to the receipt."""
        values = self.cleaned_data
        with account_locked_at_versions(self.record, self.allocations.versions()):
            allocations = as_shares(self.amounts)
            payment = take_payment(self.record, allocations=allocations, by=by, at=at, **payment_details(values))
        self.request.session[LAST_PAYMENT_METHOD] = values["method"]
        return SubmitResult("", reverse("admin:billing_receipt", args=[payment.pk]))

    def _tendered(self) -> Decimal | None:
        if not self.is_bound:
            return None
        try:
            return cast("Decimal | None", self.fields["tendered"].clean(self.data.get("tendered", "")))
        except ValidationError:
            return None


@register_page("cash-desk/", name="billing_take_payment")
class TakePaymentPage(AdminPage):
    """A search for the patient, then the form of the payment."""

    title = _("Take a payment")
    permissions = (roles.TAKE_PAYMENT.django_permission, "patients.view_patient", "billing.view_invoice")
    template_name = "admin/billing/take_payment/page.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        if "patient" not in request.GET:
            results = _search_patients(request.GET.get("q", ""))
            patients = results["patients"]
            if len(patients) == 1 and "HX-Request" not in request.headers:
                return HttpResponseRedirect(f"{request.path}?patient={patients[0].pk}")
            return self.render_to_response(self.get_context_data(**results))
        return self._render(TakePaymentForm(request=request, record=_patient(request)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        patient = _patient(request)
        if "use_credit" in request.POST:
            return self._use_credit(patient)
        form = TakePaymentForm(request.POST, request=request, record=patient)
        if "_preview" in request.POST and "X-Requested-With" in request.headers:
            return render(request, "admin/billing/take_payment/form.html", {"form": form, "patient": patient})
        if "_preview" in request.POST or not form.is_valid():
            return self._render(form)
        by = cast("User", request.user)
        try:
            done = run_once(request, form.cleaned_data["once"], lambda: form.perform(by=by, at=current_time()))
        except RuleBroken as refusal:
            return self._render(_with_refusal(form, refusal))
        return HttpResponseRedirect(done.url)

    def _use_credit(self, patient: Patient) -> HttpResponse:
        """Put the patient's credit onto the open invoices once, and show what is still owed."""
        request, url = self.request, self.request.get_full_path()
        form, by = OnceForm(request.POST, request=request, record=patient), cast("User", request.user)

        def perform() -> SubmitResult:
            used = use_credit(patient, by=by, at=current_time())
            text = gettext("%(amount)s of the credit was used.") % {"amount": format_currency(used)}
            return SubmitResult(text, url)

        if not form.is_valid():
            messages.error(request, INCOMPLETE)
            return HttpResponseRedirect(url)
        try:
            messages.success(request, run_once(request, form.cleaned_data["once"], perform).text)
        except RuleBroken as refusal:
            messages.error(request, localized_message(refusal))
        return HttpResponseRedirect(url)

    def _render(self, form: TakePaymentForm) -> HttpResponse:
        account: PatientAccount = patient_account(form.record, on=today())
        url = f"{self.request.path}?patient={form.record.pk}"
        offer = credit_offer(self.request, form.record, owed=account.open.amount, url=url) if account.credit else None
        context = self.get_context_data(form=form, patient=form.record, account=account, offer=offer)
        return self.render_to_response(context)


def _patient(request: HttpRequest) -> Patient:
    """Return the patient of the query. Raises Http404."""
    try:
        return get_object_or_404(Patient, pk=UUID(request.GET.get("patient", "")))
    except ValueError as error:
        raise Http404 from error


def _search_patients(text: str) -> dict[str, Any]:
    """Return the patients whose data contains every word of the text."""
    text = bounded_search(text)
    if not text:
        return {"query": "", "patients": []}
    found = list(Patient.objects.not_merged().matching(text).order_by("sort_name", "pk")[: MAX_PATIENTS + 1])
    return {"query": text, "patients": found[:MAX_PATIENTS], "has_more": len(found) > MAX_PATIENTS}


def _with_refusal(form: TakePaymentForm, refusal: RuleBroken) -> TakePaymentForm:
    """Return the form with the refusal at its field, and the current invoices."""
    if isinstance(refusal, StaleVersion):
        form = TakePaymentForm(form.data, request=form.request, record=form.record)
        form.is_valid()
        changed = ", ".join(
            each.reg_number for each in form.allocations.invoices if each.pk in refusal.members["changed"]
        )
        detail = gettext("Somebody changed an invoice of this patient in the meantime. Check what is owed now.")
        refusal = StaleVersion(f"{detail} {changed}".strip(), code="account_changed")
    elif isinstance(refusal, Overpayment):
        refusal.pointing_at("/excess")
    add_domain_error(form, refusal)
    return form
