"""Who may do what: one table of acts and roles, and the groups of logins that follow from it.

What is allowed is the scope of the act AND its permission, asked by the API before anything else and by every verb of
the books; the admin goes by the same permissions. Where a limit depends on the record, it is in `rules/limits.py`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from clinic.domain.permissions import Permission
from patients.permissions import (
    ADD_APPOINTMENT,
    ADD_PATIENT,
    CHANGE_APPOINTMENT,
    CHANGE_PATIENT,
    MERGE_PATIENTS,
    READ_APPOINTMENTS,
    READ_PATIENTS,
)

READ_INVOICES = Permission("invoice:read", "billing.view_invoice", own_records=True)
READ_CREDIT_NOTES = Permission("invoice:read", "billing.view_creditnote", own_records=True)
READ_PAYMENTS = Permission("invoice:read", "billing.view_payment", own_records=True)
READ_REFUNDS = Permission("invoice:read", "billing.view_refund", own_records=True)
READ_EVENTS = Permission("invoice:read", "billing.view_invoiceevent")
READ_SERVICES = Permission("invoice:read", "billing.view_service")
READ_TAGS = Permission("invoice:read", "billing.view_tag")

DRAFT = Permission("invoice:write", "billing.add_invoice")
CHANGE = Permission("invoice:write", "billing.change_invoice")
DISCOUNT_ANY = Permission("invoice:write", "billing.discount_any_invoice")
ISSUE = Permission("invoice:write", "billing.issue_invoice")
BACKDATE = Permission("invoice:write", "billing.backdate_invoice")
VOID = Permission("invoice:write", "billing.void_invoice")
VOID_ANY = Permission("invoice:write", "billing.void_any_invoice")
CREDIT = Permission("invoice:write", "billing.add_creditnote")
CORRECT = Permission("invoice:write", "billing.correct_invoice")
ADD_TAG = Permission("invoice:write", "billing.add_tag")
RENAME_TAG = Permission("invoice:write", "billing.change_tag")
ADD_SERVICE = Permission("invoice:write", "billing.add_service")
CHANGE_SERVICE = Permission("invoice:write", "billing.change_service")
TAKE_PAYMENT = Permission("payment:write", "billing.add_payment")
ALLOCATE = Permission("payment:write", "billing.add_paymentallocation")
REVERSE = Permission("payment:write", "billing.reverse_own_payment")
REVERSE_ANY = Permission("payment:write", "billing.reverse_payment")
REFUND = Permission("payment:write", "billing.add_refund")
WRITE_OFF = Permission("writeoff:write", "billing.write_off_invoice")
REINSTATE = Permission("writeoff:write", "billing.reinstate_invoice")
CLOSE_BOOKS = Permission("invoice:write", "billing.add_booksclosing")

CLERK, SUPERVISOR, AUDITOR, INTEGRATION = "clerk", "supervisor", "auditor", "integration"
GROUPS = (CLERK, SUPERVISOR, AUDITOR, INTEGRATION)
PATIENT = "patient"  # no group: a login that a patient's record names, and that has no role at the clinic

_EVERYBODY = frozenset(GROUPS)
_DESK = frozenset({CLERK, SUPERVISOR, INTEGRATION})
_SUPERVISORS = frozenset({SUPERVISOR})

# The patient's column is `own` of the act.
TABLE: Mapping[Permission, frozenset[str]] = {
    READ_INVOICES: _EVERYBODY,
    READ_CREDIT_NOTES: _EVERYBODY,
    READ_PAYMENTS: _EVERYBODY,
    READ_REFUNDS: _EVERYBODY,
    READ_EVENTS: _EVERYBODY,
    READ_SERVICES: _EVERYBODY,
    READ_TAGS: _EVERYBODY,
    READ_PATIENTS: _EVERYBODY,
    READ_APPOINTMENTS: _EVERYBODY,
    ADD_PATIENT: _DESK,
    CHANGE_PATIENT: _DESK,
    ADD_APPOINTMENT: _DESK,
    CHANGE_APPOINTMENT: _DESK,
    ADD_TAG: _DESK,
    RENAME_TAG: _DESK,
    DRAFT: _DESK,
    CHANGE: _DESK,
    ISSUE: _DESK,
    VOID: _DESK,  # the same day, while unpaid
    TAKE_PAYMENT: _DESK,
    ALLOCATE: _DESK,
    REVERSE: _DESK,  # their own entry, the same day
    DISCOUNT_ANY: _SUPERVISORS,
    BACKDATE: _SUPERVISORS,
    VOID_ANY: _SUPERVISORS,
    CREDIT: _SUPERVISORS,
    CORRECT: _SUPERVISORS,
    REVERSE_ANY: _SUPERVISORS,
    REFUND: _SUPERVISORS,
    WRITE_OFF: _SUPERVISORS,
    REINSTATE: _SUPERVISORS,
    CLOSE_BOOKS: _SUPERVISORS,
    ADD_SERVICE: _SUPERVISORS,
    CHANGE_SERVICE: _SUPERVISORS,
    MERGE_PATIENTS: _SUPERVISORS,
}

# An auditor also sees who may do what.
_LOGINS = frozenset({"auth.view_user", "auth.view_group"})


class GroupChange(NamedTuple):
    """What `apply_roles` did to a group: permissions as `app.codename`, sorted."""

    group: str
    added: list[str]
    removed: list[str]


def allows(role: str, act: Permission) -> bool:
    """Whether the table gives that act to that role; for a patient: with what is their own."""
    return act.own_records if role == PATIENT else role in TABLE[act]


@transaction.atomic
def apply_roles() -> list[GroupChange]:
    """Make the groups of the table, each with exactly its permissions; done twice, nothing changes."""
    named = Concat(F("content_type__app_label"), Value("."), F("codename"))
    known = dict(DjangoPermission.objects.annotate(named=named).values_list("named", "pk"))
    return [_apply(role, known) for role in GROUPS]


def _apply(role: str, known: Mapping[str, int]) -> GroupChange:
    wanted = {act.django_permission for act in TABLE if allows(role, act)} | _seen_by(role, known)
    group, _ = Group.objects.get_or_create(name=role)
    held = set(group.permissions.values_list("pk", flat=True))
    group.permissions.set([known[name] for name in wanted])
    spelled = {pk: name for name, pk in known.items()}
    added = sorted(name for name in wanted if known[name] not in held)
    return GroupChange(role, added, sorted(spelled[pk] for pk in held if spelled[pk] not in wanted))


def _seen_by(role: str, known: Mapping[str, int]) -> frozenset[str]:
    """Every role of the clinic reads all of the books and the patients."""
    trade = (name for name in known if name.startswith(("billing.view_", "patients.view_")))
    return frozenset(trade) | (_LOGINS if role == AUDITOR else frozenset())
