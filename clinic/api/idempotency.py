"""Idempotency-Key for POST, PUT and PATCH: a request with a key is carried out once, however often it is sent.

A key belongs to one application and user, and stands for one method, path and body. It is locked first; the effect of
the request and its response are stored in one transaction. The same request sent again gets the same bytes, with
`Idempotent-Replayed: true`, for as long as the model keeps it (`IdempotencyKey` in clinic/models/idempotency_key.py).
Nothing is stored for a failure: the key can be used again.
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
from clinic.db.transactions import request_transaction
from clinic.domain.errors import IdempotencyKeyInFlight, IdempotencyKeyReused, InvalidValue
from clinic.domain.money_movement import track_money_movement
from clinic.models import MAX_KEY_LENGTH, IdempotencyKey, IdempotencyScope

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
METHODS = frozenset({"POST", "PUT", "PATCH"})
_KEY = re.compile(rf"[\x20-\x7e]{{1,{MAX_KEY_LENGTH}}}")
_PARTS = {"method": "method", "path": "path", "body_digest": "body"}  # of a request, and their names in messages


class MalformedKey(InvalidValue):
    """The idempotency key is empty, longer than 255 characters, or not printable ASCII."""

    code = "malformed_idempotency_key"
    title = "Invalid Idempotency-Key"


def has_key(request: Request) -> bool:
    """Return whether a request has a key; for other methods than METHODS the header is ignored."""
    return request.method in METHODS and KEY_HEADER in request.headers


def run_once(
    request: Request, action: Callable[[], Response], *, at: datetime, headers: Callable[[], Mapping[str, str]]
) -> HttpResponse:
    """Return the response of `action`, or the stored one of the same request.

    `headers` returns those that the response gets beside its own. Without a key `action` is just called, outside a
    transaction. Raises MalformedKey, IdempotencyKeyInFlight and IdempotencyKeyReused.
    """
    if not has_key(request):
        return action()
    scope, sent = _scope_of(request), _request_parts(request)
    with request_transaction(), track_money_movement() as money:
        if stored := _find_stored(scope, at=at):
            return _replay(stored, sent)
        response = action()
        row = IdempotencyKey(
            **scope._asdict(),
            **sent,
            status=response.status_code,
            headers={**headers(), **_own_headers(response)},
            body=OrjsonRenderer().render(response.data),
            moved_money=money.moved,
            created_at=at,
        )
        row.save(force_insert=True)
        return _stored_response(row)


def _scope_of(request: Request) -> IdempotencyScope:
    key = request.headers[KEY_HEADER].strip()
    if not _KEY.fullmatch(key):
        raise MalformedKey(f"An Idempotency-Key must have 1 to {MAX_KEY_LENGTH} printable ASCII characters.")
    return IdempotencyScope(getattr(request.auth, "application_id", None), cast("User", request.user).pk, key)


def _request_parts(request: Request) -> dict[str, str]:
    """Return what the key stands for; a path is the same with and without the trailing slash."""
    digest = hashlib.sha256(read_body(request._request)).hexdigest()
    return {"method": str(request.method), "path": request.path.rstrip("/"), "body_digest": digest}


def _find_stored(scope: IdempotencyScope, *, at: datetime) -> IdempotencyKey | None:
    """Lock the key and return what is stored for it; None if it is unknown or expired.

    Raises IdempotencyKeyInFlight.
    """
    keys = IdempotencyKey.objects.all()
    if not keys.lock(scope):
        raise IdempotencyKeyInFlight("The first request with this key is still in progress. Try again in a moment.")
    stored = keys.for_scope(scope).first() if keys.exists_for(scope) else None
    if stored is not None and stored.is_expired(at=at):
        stored.delete()
        return None
    return stored


def _replay(stored: IdempotencyKey, sent: Mapping[str, str]) -> HttpResponse:
    if differing := [_PARTS[part] for part in stored.differs(**sent)]:
        parts = " and ".join(differing)
        raise IdempotencyKeyReused(
            f"This key was used before for a request with a different {parts}.", differs=differing
        )
    response = _stored_response(stored)
    response[REPLAYED_HEADER] = "true"
    return response


def _stored_response(stored: IdempotencyKey) -> HttpResponse:
    """Return the stored response; the first one is made of it too, so that both are the same bytes."""
    content_type = OrjsonRenderer.media_type
    return HttpResponse(bytes(stored.body), content_type=content_type, status=stored.status, headers=stored.headers)


def _own_headers(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.items() if name != "Content-Type"}
