"""What is done once, however often it is sent: a POST or PUT with an `Idempotency-Key`.

The key belongs to one application and person, and stands for one method, path and body. It is locked before anything
else; what the request did and the answer to it are stored in one transaction. Whoever sends the same again gets that
answer, byte for byte, with `Idempotent-Replayed: true`. A failure stores nothing: the key is free again.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from django.contrib.auth.models import User
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.requests.parsers import read_body
from clinic.api.responses.renderers import OrjsonRenderer
from clinic.db.compiled import insert
from clinic.db.transactions import request_transaction
from clinic.domain.audit import track_money_movement
from clinic.domain.errors import IdempotencyKeyInFlight, IdempotencyKeyReused, InvalidValue
from clinic.models import IdempotencyKey, IdempotencyScope

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
METHODS = frozenset({"POST", "PUT"})
_WELL_FORMED = re.compile(r"[\x20-\x7e]{1,255}")
_WORDS = {"method": "method", "path": "path", "body_digest": "body"}  # how a client calls what is compared


class MalformedKey(InvalidValue):
    """The idempotency key is empty, longer than 255 characters, or not printable ASCII."""

    code = "malformed_idempotency_key"
    title = "The Idempotency-Key cannot be used"


def is_keyed(request: Request) -> bool:
    """Whether a request carries a key that counts."""
    return request.method in METHODS and HEADER in request.headers


def once(
    request: Request, act: Callable[[], Response], *, at: datetime, headers: Callable[[], Mapping[str, str]]
) -> HttpResponse:
    """The answer of `act`, or the one that it gave when the same request came before.

    `headers` gives those that the answer will have beside its own. Without a key, `act` is just called: no
    transaction is around it. Raises MalformedKey, IdempotencyKeyInFlight and IdempotencyKeyReused.
    """
    if not is_keyed(request):
        return act()
    holder, sent = _holder(request), _covered(request)
    with request_transaction(), track_money_movement() as money:
        if stored := _find(holder, at=at):
            return _replay(stored, sent)
        response = act()
        row = IdempotencyKey(
            **holder._asdict(),
            **sent,
            status=response.status_code,
            headers={**headers(), **_own_headers(response)},
            body=OrjsonRenderer().render(response.data),
            moved_money=money.moved,
            created_at=at,
        )
        insert(row)
        return _answer(row)


def _holder(request: Request) -> IdempotencyScope:
    key = request.headers[HEADER].strip()
    if not _WELL_FORMED.fullmatch(key):
        raise MalformedKey("An Idempotency-Key has 1 to 255 characters of printable ASCII.")
    return IdempotencyScope(getattr(request.auth, "application_id", None), cast("User", request.user).pk, key)


def _covered(request: Request) -> dict[str, str]:
    """What the key stands for; with and without the trailing slash, a path is the same."""
    digest = hashlib.sha256(read_body(request._request)).hexdigest()
    return {"method": str(request.method), "path": request.path.rstrip("/"), "body_digest": digest}


def _find(holder: IdempotencyScope, *, at: datetime) -> IdempotencyKey | None:
    """What the key stands for, None when it is unknown or expired; it is locked from here on.

    Raises IdempotencyKeyInFlight.
    """
    keys = IdempotencyKey.objects.all()
    if not keys.lock(holder):
        raise IdempotencyKeyInFlight(
            "The first request with this key is still being worked on. Send it again in a moment."
        )
    stored = keys.for_scope(holder).first() if keys.exists_for(holder) else None
    if stored is not None and stored.is_expired(at=at):
        stored.delete()
        return None
    return stored


def _replay(stored: IdempotencyKey, sent: Mapping[str, str]) -> HttpResponse:
    if differing := [_WORDS[part] for part in stored.differs(**sent)]:
        parts = " and ".join(differing)
        raise IdempotencyKeyReused(f"This key was used for a request with another {parts}.", differs=differing)
    answer = _answer(stored)
    answer[REPLAYED] = "true"
    return answer


def _answer(stored: IdempotencyKey) -> HttpResponse:
    """The stored answer: the first one is given from it, too, so that both are the same bytes."""
    content_type = OrjsonRenderer.media_type
    return HttpResponse(bytes(stored.body), content_type=content_type, status=stored.status, headers=stored.headers)


def _own_headers(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.items() if name != "Content-Type"}
