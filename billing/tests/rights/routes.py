"""Every endpoint of the site with what was decided about it: what the walk through the URL conf is held to."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.urls import URLPattern, URLResolver

from billing import roles
from clinic.domain.permissions import Permission
from patients import permissions

NOBODY = "0d6a62a1-14e7-4b6c-9fd7-3a1f0fd0a1c4"

# Written down once more, apart from what the views say: the two must agree.
DECISIONS = """
invoice-list          GET   READ_INVOICES
invoice-list          POST  DRAFT
invoice-detail        GET   READ_INVOICES
invoice-detail        PUT   CHANGE
invoice-detail        PATCH CHANGE
invoice-issue         POST  ISSUE
invoice-void          POST  VOID
invoice-write-off     POST  WRITE_OFF
invoice-reinstate     POST  REINSTATE
invoice-payments      GET   READ_PAYMENTS
invoice-payments      POST  TAKE_PAYMENT
invoice-refunds       GET   READ_REFUNDS
invoice-refunds       POST  REFUND
invoice-credit-notes  GET   READ_CREDIT_NOTES
invoice-credit-notes  POST  CREDIT
invoice-correct       POST  CORRECT
invoice-events        GET   READ_EVENTS
payment-list          GET   READ_PAYMENTS
payment-list          POST  TAKE_PAYMENT
payment-detail        GET   READ_PAYMENTS
payment-allocations   POST  ALLOCATE
payment-refund        POST  REFUND
payment-reverse       POST  REVERSE
service-list          GET   READ_SERVICES
service-list          POST  ADD_SERVICE
service-detail        GET   READ_SERVICES
service-detail        PUT   CHANGE_SERVICE
service-detail        PATCH CHANGE_SERVICE
tag-list              GET   READ_TAGS
tag-list              POST  ADD_TAG
tag-detail            GET   READ_TAGS
tag-detail            PUT   RENAME_TAG
tag-detail            PATCH RENAME_TAG
patient-list          GET   READ_PATIENTS
patient-list          POST  ADD_PATIENT
patient-detail        GET   READ_PATIENTS
patient-detail        PUT   CHANGE_PATIENT
patient-detail        PATCH CHANGE_PATIENT
patient-merge         POST  MERGE_PATIENTS
appointment-list      GET   READ_APPOINTMENTS
appointment-list      POST  ADD_APPOINTMENT
appointment-detail    GET   READ_APPOINTMENTS
appointment-detail    PUT   CHANGE_APPOINTMENT
appointment-detail    PATCH CHANGE_APPOINTMENT
"""

# No role is asked there, and why.
OUTSIDE = {
    "token": "who has a name and a password, or a secret, is about to show it",
    "schema": "what the API looks like is no secret; no record is in it",
    "docs": "the same, for people",
    "revoke-token": "whoever holds a token may end it",
    "set_language": "in which language a page is written is everybody's own",
    "start": "it only leads to the admin",
    "admin": "a site of its own: its pages go by the same permissions",
}


class Endpoint(NamedTuple):
    """A route by its name, a path of it that names no record, and the methods that answer there."""

    name: str
    path: str
    methods: frozenset[str]


def decisions() -> dict[tuple[str, str], Permission]:
    """Return the decided permission of each route and method."""
    rows = (line.split() for line in DECISIONS.strip().splitlines())
    return {(name, method): getattr(roles, act, None) or getattr(permissions, act) for name, method, act in rows}


def endpoints(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[Endpoint]:
    """Every route that leads to a view, but for those where no role is asked."""
    for pattern in patterns:
        name = getattr(pattern, "name", None) or getattr(pattern, "app_name", None) or str(pattern.pattern)
        if name in OUTSIDE:
            continue
        if isinstance(pattern, URLResolver):
            yield from endpoints(pattern.url_patterns)
            continue
        actions = getattr(pattern.callback, "actions", None) or {"every method": ""}
        path = pattern.pattern.regex.pattern.removeprefix("^").removesuffix(r"/?\Z").replace("(?P<key>[^/]+)", NOBODY)
        yield Endpoint(name, f"/{path}", frozenset(method.upper() for method in actions))


def undecided(patterns: Iterable[URLPattern | URLResolver]) -> list[tuple[str, str]]:
    """The routes and methods that nobody has decided about."""
    decided = decisions()
    found = ((endpoint.name, method) for endpoint in endpoints(patterns) for method in sorted(endpoint.methods))
    return [each for each in found if each not in decided and each[1] != "HEAD"]
