"""Permission matrix: which role has which permission, and the groups that are created from it.

Something is allowed if the application has its scope AND the user its Django permission. The API checks this before
anything else, and each operation on invoices and payments again; the admin uses the same permissions. Limits that
depend on the record are in `rules/clerk_limits.py`.
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

_ALL_ROLES = frozenset(GROUPS)
_CLERKS = frozenset({CLERK, SUPERVISOR, INTEGRATION})
_SUPERVISORS = frozenset({SUPERVISOR})

# Patients: see `own_records` of the permission.
TABLE: Mapping[Permission, frozenset[str]] = {
    READ_INVOICES: _ALL_ROLES,
    READ_CREDIT_NOTES: _ALL_ROLES,
    READ_PAYMENTS: _ALL_ROLES,
    READ_REFUNDS: _ALL_ROLES,
    READ_EVENTS: _ALL_ROLES,
    READ_SERVICES: _ALL_ROLES,
    READ_TAGS: _ALL_ROLES,
    READ_PATIENTS: _ALL_ROLES,
    READ_APPOINTMENTS: _ALL_ROLES,
    ADD_PATIENT: _CLERKS,
    CHANGE_PATIENT: _CLERKS,
    ADD_APPOINTMENT: _CLERKS,
    CHANGE_APPOINTMENT: _CLERKS,
    ADD_TAG: _CLERKS,
    RENAME_TAG: _CLERKS,
    DRAFT: _CLERKS,
    CHANGE: _CLERKS,
    ISSUE: _CLERKS,
    VOID: _CLERKS,  # the same day, while unpaid
    TAKE_PAYMENT: _CLERKS,
    ALLOCATE: _CLERKS,
    REVERSE: _CLERKS,  # their own entry, the same day
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

# An auditor also sees users and groups; a supervisor lets locked-out people in again, and sees the jobs of all.
_OTHER_PERMISSIONS = {
    AUDITOR: frozenset({"auth.view_user", "auth.view_group"}),
    SUPERVISOR: frozenset({"axes.view_accessattempt", "axes.change_accessattempt", "clinic.view_job"}),
}


class GroupChange(NamedTuple):
    """The permissions that `apply_roles` added to and removed from a group, as `app.codename`, sorted."""

    group: str
    added: list[str]
    removed: list[str]


def allows(role: str, permission: Permission) -> bool:
    """Return whether the role has the permission; a patient only for their own records."""
    return permission.own_records if role == PATIENT else role in TABLE[permission]


@transaction.atomic
def apply_roles() -> list[GroupChange]:
    """Create or update the groups of the table, each with exactly its permissions."""
    named = Concat(F("content_type__app_label"), Value("."), F("codename"))
    known = dict(DjangoPermission.objects.annotate(named=named).values_list("named", "pk"))
    return [_apply(role, known) for role in GROUPS]


def _apply(role: str, known: Mapping[str, int]) -> GroupChange:
    wanted = {each.django_permission for each in TABLE if allows(role, each)} | _view_permissions(known)
    wanted |= _OTHER_PERMISSIONS.get(role, frozenset())
    group, _ = Group.objects.get_or_create(name=role)
    current = set(group.permissions.values_list("pk", flat=True))
    group.permissions.set([known[name] for name in wanted])
    names = {pk: name for name, pk in known.items()}
    added = sorted(name for name in wanted if known[name] not in current)
    return GroupChange(role, added, sorted(names[pk] for pk in current if names[pk] not in wanted))


def _view_permissions(known: Mapping[str, int]) -> frozenset[str]:
    """Return the view permissions that every role has: of all records of billing and patients."""
    return frozenset(name for name in known if name.startswith(("billing.view_", "patients.view_")))
