"""A form that moves something is carried out once, however often it is sent: a double click changes nothing.

Each form carries a token of its own. What was done under it, and what was said of it, are stored in one transaction, as
an idempotency key of the person; whoever sends the same form again is told the same again.
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

from clinic.domain.audit import track_money_movement
from clinic.domain.errors import IdempotencyKeyReused
from clinic.models import IdempotencyKey, IdempotencyScope

NOT_MEANT = ("csrfmiddlewaretoken", "login-again")  # names of fields that say nothing of what is asked for


class SubmitResult(NamedTuple):
    """What is said of an act, and the page that shows it."""

    text: str
    url: str


def run_once(request: HttpRequest, token: UUID, act: Callable[[], SubmitResult]) -> SubmitResult:
    """What `act` says, or what it said when the same form came before.

    Raises IdempotencyKeyReused for the token of another form.
    """
    holder = IdempotencyScope(None, cast("User", request.user).pk, f"desk:{token}")
    sent = {"method": "POST", "path": request.path, "body_digest": _digest(request)}
    now = timezone.now()
    with transaction.atomic(), track_money_movement() as money:
        keys = IdempotencyKey.objects.all()
        keys.wait_for(holder)
        stored = keys.for_scope(holder).first()
        if stored is not None and not stored.is_expired(at=now):
            if stored.differs(**sent):
                raise IdempotencyKeyReused(
                    _("This form was sent before with other values, and carried out. Open it again.")
                )
            return SubmitResult(**json.loads(bytes(stored.body)))
        if stored is not None:
            stored.delete()
        done = act()
        IdempotencyKey.objects.create(
            **holder._asdict(),
            **sent,
            status=302,
            headers={"Location": done.url},
            body=json.dumps(done._asdict()).encode(),
            moved_money=money.moved,
            created_at=now,
        )
    return done


def _digest(request: HttpRequest) -> str:
    """What was typed, told from whatever else the form carries."""
    meant = sorted((name, values) for name, values in request.POST.lists() if not name.startswith(NOT_MEANT))
    return hashlib.sha256(json.dumps(meant).encode()).hexdigest()
