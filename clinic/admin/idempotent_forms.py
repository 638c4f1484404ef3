"""Idempotent submission of admin forms: a form that is sent twice, as by a double click, is carried out once.

Each form has a token. The change and its result are stored in one transaction, as an idempotency key of the user, and
a repeated submission returns the stored result.
"""

import hashlib
import json
from collections.abc import Callable
from typing import NamedTuple, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.domain.errors import IdempotencyKeyReused
from clinic.domain.money_movement import track_money_movement
from clinic.models import IdempotencyKey, IdempotencyScope

IGNORED_FIELDS = ("csrfmiddlewaretoken", "login-again")  # prefixes of fields that may differ between submissions


class SubmitResult(NamedTuple):
    """Result of a form: the message, and the URL to redirect to."""

    text: str
    url: str


def run_once(request: HttpRequest, token: UUID, perform: Callable[[], SubmitResult]) -> SubmitResult:
    """Return the result of `perform`, or the stored result if the form was submitted before.

    Raises IdempotencyKeyReused if the token was used with other values.
    """
    scope = IdempotencyScope(None, cast("User", request.user).pk, f"form:{token}")
    sent = {"method": "POST", "path": request.path, "body_digest": _digest(request)}
    now = timezone.now()
    with transaction.atomic(), track_money_movement() as money:
        keys = IdempotencyKey.objects.all()
        keys.wait_for(scope)
        stored = keys.for_scope(scope).first()
        if stored is not None and not stored.is_expired(at=now):
            if stored.differs(**sent):
                raise IdempotencyKeyReused(_("This form was already submitted with other values. Open it again."))
            return SubmitResult(**json.loads(bytes(stored.body)))
        if stored is not None:
            stored.delete()
        result = perform()
        IdempotencyKey.objects.create(
            **scope._asdict(),
            **sent,
            status=302,
            headers={"Location": result.url},
            body=json.dumps(result._asdict()).encode(),
            moved_money=money.moved,
            created_at=now,
        )
    return result


def _digest(request: HttpRequest) -> str:
    """Return a hash of the submitted values."""
    fields = sorted((name, values) for name, values in request.POST.lists() if not name.startswith(IGNORED_FIELDS))
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()
