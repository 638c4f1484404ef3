"""What is done to many invoices at once: to each by its own verb, in its own transaction; tried first, told by row."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_editor.form_fields import MAX_TAGS, WordsField
from billing.models import Invoice
from billing.operations.requests import update_invoice
from clinic.admin import DialogForm, ReasonField, day, in_words, money
from clinic.domain.errors import RuleBroken, StaleVersion

AT_MOST = 100
ON_TRIAL = "Tried before it is done."  # a reason for the trial, which is taken back


class Chosen(NamedTuple):
    """An invoice, and the version of it that was seen."""

    invoice_id: UUID
    version: int


class Row(NamedTuple):
    """What becomes of one invoice, or why nothing does."""

    invoice: Invoice
    version: int
    is_done: bool
    told: str


class IssueForm(DialogForm):
    """Nothing to say."""


class WriteOffForm(DialogForm):
    """Why all of them are given up."""

    batch_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = ReasonField(label=_("Reason"), help_text=_("It stands in the history of each invoice."))


class TagsForm(DialogForm):
    """Words to add to all of them, and to take away."""

    add = WordsField(label=_("Add"), max_length=500, required=False, help_text=_("Words with commas between."))
    remove = WordsField(label=_("Take away"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(_("Name a tag to add or to take away."))
        return self.cleaned_data


class TooManyTags(RuleBroken):
    """An invoice has only so many tags."""

    code = "too_many_tags"


Act = Callable[[Invoice, dict[str, Any], User, datetime], Any]
Told = Callable[[Invoice, Any], str]


class Bulk(NamedTuple):
    """A thing to do to many: `act` is one call of the domain; `will` and `did` tell it of the invoice afterwards."""

    key: str
    title: Promise
    submit: Promise
    permission: str
    form: type[DialogForm]
    act: Act
    will: Told
    did: Told
    on_trial: dict[str, Any] = {}  # what the form would say, before anybody filled it in
    is_dangerous: bool = False


def attempt(
    bulk: Bulk, chosen: Iterable[Chosen], said: dict[str, Any], *, by: User, at: datetime, dry: bool
) -> list[Row]:
    """Do it to each that is still as it was seen; `dry`: and take it back. A refusal stops none of the others."""
    versions = dict(chosen)
    invoices = Invoice.objects.select_related("patient").in_bulk(versions)
    known = [(invoices[key], version) for key, version in versions.items() if key in invoices]
    return [_attempt(bulk, invoice, version, said, by=by, at=at, dry=dry) for invoice, version in known]


def _attempt(
    bulk: Bulk, invoice: Invoice, version: int, said: dict[str, Any], *, by: User, at: datetime, dry: bool
) -> Row:
    try:
        with transaction.atomic():
            invoice.lock()
            if invoice.version != version:
                raise StaleVersion(gettext("Somebody changed it meanwhile. Look at it again before you do this."))
            done = bulk.act(invoice, said, by, at)
            told = bulk.will(invoice, done) if dry else bulk.did(invoice, done)
            transaction.set_rollback(dry)
    except RuleBroken as refusal:
        return Row(_as_stored(invoice), version, False, in_words(refusal))
    except OperationalError:
        return Row(invoice, version, False, gettext("The database is busy: try this one again."))
    return Row(_as_stored(invoice) if dry else invoice, version, True, told)


def _as_stored(invoice: Invoice) -> Invoice:
    """The invoice without what was tried."""
    return Invoice.objects.select_related("patient").get(pk=invoice.pk)


# -- What each does


def _issue(invoice: Invoice, _said: dict[str, Any], by: User, at: datetime) -> None:
    invoice.issue(by=by, at=at)


def _will_issue(invoice: Invoice, _done: Any) -> str:
    said = gettext("Claims %(total)s, due %(day)s.")
    return said % {"total": money(invoice.total_amount), "day": day(invoice.due_date)}


def _did_issue(invoice: Invoice, _done: Any) -> str:
    return gettext("Issued as %(number)s.") % {"number": invoice.reg_number}


def _write_off(invoice: Invoice, said: dict[str, Any], by: User, at: datetime) -> Decimal:
    row = invoice.write_off(reason=said["reason"], batch_id=said["batch_id"], by=by, at=at)
    return row.amount


def _will_write_off(_invoice: Invoice, amount: Decimal) -> str:
    return gettext("Gives up %(amount)s.") % {"amount": money(amount)}


def _did_write_off(_invoice: Invoice, amount: Decimal) -> str:
    return gettext("%(amount)s written off.") % {"amount": money(amount)}


def _tag(invoice: Invoice, said: dict[str, Any], by: User, at: datetime) -> list[str]:
    gone = {word.casefold() for word in said["remove"]}
    words = {name.casefold(): name for name in invoice.tags.values_list("name", flat=True)}
    words = {key: name for key, name in words.items() if key not in gone}
    for word in said["add"]:
        words.setdefault(word.casefold(), word)
    if len(words) > MAX_TAGS:
        raise TooManyTags(gettext("An invoice has at most 20 tags."))
    update_invoice(invoice=invoice, by=by, at=at, changes={}, tags=list(words.values()))
    return sorted(words.values(), key=str.casefold)


def _tags_after(_invoice: Invoice, words: list[str]) -> str:
    return gettext("Tags: %(words)s.") % {"words": ", ".join(words) or "–"}


BULKS = {
    bulk.key: bulk
    for bulk in (
        Bulk(
            "issue",
            _("Issue drafts"),
            _("Issue them"),
            "billing.issue_invoice",
            IssueForm,
            _issue,
            _will_issue,
            _did_issue,
        ),
        Bulk(
            "write-off",
            _("Write off what remains"),
            _("Write them off"),
            "billing.write_off_invoice",
            WriteOffForm,
            _write_off,
            _will_write_off,
            _did_write_off,
            on_trial={"reason": ON_TRIAL, "batch_id": None},
            is_dangerous=True,
        ),
        Bulk(
            "tag",
            _("Change tags"),
            _("Change the tags"),
            "billing.change_invoice",
            TagsForm,
            _tag,
            _tags_after,
            _tags_after,
            on_trial={"add": [], "remove": []},
        ),
    )
}
