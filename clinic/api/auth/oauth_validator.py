"""OAuth2 request validator: the library's rules, and stricter ones of the clinic."""

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.urls import resolve
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, RefreshToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, OAuth2Error

from clinic.api.auth.client_secrets import GENERATED_LENGTH, GeneratedSecretHasher
from clinic.api.auth.throttles import token_users, token_wait
from clinic.web.lockout import attempted_username, client_address, login_refusal, record_login
from clinic.web.login_budgets import BUSY_RETRY, HashingBusy, LoginRefusal, one_hash_at_once
from clinic.web.security_log import log_refusal

TOO_MANY_REQUESTS = "Too many requests of this application or user; Retry-After says when to try again."
DESCRIPTIONS = {
    "locked_out": "Too many failed attempts; Retry-After says when to try again.",
    "address_budget": "Too many names with wrong passwords from this address; Retry-After says when to try again.",
    "login_budget": "Too many names with wrong passwords; Retry-After says when to try again.",
    "login_busy": "Too many logins at once; Retry-After says when to try again.",
    "throttled": TOO_MANY_REQUESTS,
}
"""Descriptions of refusals, by their code in the security log."""


class TryLater(OAuth2Error):  # type: ignore[misc]  # the package brings no types
    """A request that is refused for some seconds: a lockout, a budget that is spent, or a worker that is busy."""

    error = "temporarily_unavailable"

    def __init__(self, refusal: LoginRefusal) -> None:
        super().__init__(description=DESCRIPTIONS[refusal.code], status_code=refusal.status)
        self.seconds = refusal.seconds

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response."""
        return {"Retry-After": str(self.seconds)}


class TokenReused(Exception):
    """A refresh token was sent after others had replaced it."""


class ClinicOAuth2Validator(OAuth2Validator):  # type: ignore[misc]  # the package brings no types
    """The library's validator with login lock-out, active users only, and refresh tokens that are used once.

    For REFRESH_GRACE_SECONDS after its use a refresh token is exchanged again, into another pair of the family: the
    first answer may have been lost, or two tabs have sent it at once. Not once its first pair was used or revoked.
    """

    def validate_user(
        self, username: str, password: str, _client: Application, request: Request, *_: Any, **__: Any
    ) -> bool:
        """Return whether the password is right. Raises TryLater."""
        http_request = self.build_http_request(request)
        user = authenticate(http_request, username=username, password=password)
        name, place = attempted_username(http_request, {"username": username}), client_address(http_request)
        if getattr(http_request, "axes_locked_out", False):
            raise TryLater(login_refusal(http_request, name, place))
        if user is None:
            return False
        record_login(name, place)
        request.user = user
        return True

    def build_http_request(self, request: Request) -> HttpRequest:
        """Return the request for Django's authentication and the security log."""
        http_request: HttpRequest = super().build_http_request(request)
        http_request.client_id = _client_id_of(request)  # type: ignore[attr-defined]  # read by clinic.web.lockout
        http_request.resolver_match = resolve(request.headers["PATH_INFO"])
        return http_request

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Return whether the application's secret is right; a wrong one is logged."""
        is_known: bool = super().authenticate_client(request, *args, **kwargs)
        if not is_known:
            self._log("invalid_client", request)
        return is_known

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        """Return whether the secret is right. A slow hash is computed one at once, and replaced by a fast one."""
        if stored_secret.startswith(GeneratedSecretHasher.algorithm):
            return bool(super()._check_secret(provided_secret, stored_secret))
        try:
            with one_hash_at_once():
                is_right = bool(super()._check_secret(provided_secret, stored_secret))
        except HashingBusy:
            raise TryLater(LoginRefusal("login_busy", BUSY_RETRY)) from None
        if is_right and len(provided_secret) >= GENERATED_LENGTH:
            hashed = make_password(provided_secret, hasher=GeneratedSecretHasher())
            Application.objects.filter(client_secret=stored_secret, hash_client_secret=True).update(
                client_secret=hashed
            )
        return is_right

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Return whether the application may use the grant: `client_credentials` needs a secret and an active user."""
        if not super().validate_grant_type(client_id, grant_type, client, request, *args, **kwargs):
            return False
        if grant_type != "client_credentials":
            return True
        is_confidential = client.client_type == Application.CLIENT_CONFIDENTIAL
        return is_confidential and client.user is not None and client.user.is_active

    def validate_refresh_token(
        self, refresh_token: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Return whether the token may be exchanged; one that was used before ends its family."""
        if not super().validate_refresh_token(refresh_token, client, request, *args, **kwargs):
            self._log_reuse(refresh_token, request)
            return False
        is_active: bool = request.user.is_active
        return is_active

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """Store the tokens. A refresh token that was used meanwhile, and is no longer good, ends its family.

        Raises TryLater above THROTTLE_TOKEN_USER.
        """
        self._throttle(request)
        try:
            with transaction.atomic():
                if self._lock_refresh_token(request):
                    self._store_another_pair(token, request)
                else:
                    super().save_bearer_token(token, request, *args, **kwargs)
        except TokenReused as reuse:
            used: RefreshToken = request.refresh_token_instance
            RefreshToken.revoke_family(used.token_family)
            self._log("refresh_token_reused", request, user_id=used.user_id)
            raise InvalidGrantError(request=request) from reuse

    def _throttle(self, request: Request) -> None:
        user_id, client_id = getattr(request.user, "pk", None), getattr(request.client, "pk", None)
        key = ("user", user_id) if user_id else ("client", client_id)
        if seconds := token_wait(token_users, settings.THROTTLE_TOKEN_USER, *key):
            self._log("throttled", request, user_id=user_id)
            raise TryLater(LoginRefusal("throttled", seconds))

    def _lock_refresh_token(self, request: Request) -> bool:
        """Lock the refresh token that is exchanged; return whether it was used before, and is still good.

        Raises TokenReused if it was used before and is no longer good.
        """
        used = getattr(request, "refresh_token_instance", None)
        if used is None:
            return False
        locked = RefreshToken.objects.select_for_update().get(pk=used.pk)
        if locked.revoked is None:
            return False
        grace = timedelta(seconds=settings.REFRESH_GRACE_SECONDS)
        # the first access token that it gave is deleted when its pair is used or revoked
        if locked.revoked <= timezone.now() - grace or not AccessToken.objects.filter(source_refresh_token=locked):
            raise TokenReused
        return True

    def _store_another_pair(self, token: dict[str, Any], request: Request) -> None:
        """Store another pair for a refresh token that was used before, in its family."""
        self._check_and_set_request_resource(request)
        expires = timezone.now() + timedelta(seconds=token["expires_in"])
        access_token = self._create_access_token(expires, request, token)
        self._create_refresh_token(request, token["refresh_token"], access_token, request.refresh_token_instance)

    def _log_reuse(self, refresh_token: str, request: Request) -> None:
        checksum = hashlib.sha256(refresh_token.encode()).hexdigest()
        used = RefreshToken.objects.filter(token_checksum=checksum).exclude(revoked=None).first()
        if used:
            self._log("refresh_token_reused", request, user_id=used.user_id)

    def _log(self, code: str, request: Request, user_id: int | None = None) -> None:
        http_request = self.build_http_request(request)
        log_refusal(code, request=http_request, user_id=user_id, client_id=_client_id_of(request))


def _client_id_of(request: Request) -> str:
    """Return the id of a known application; an empty string for an unknown one, whose name is not logged."""
    client = request.client
    return str(client.client_id) if isinstance(client, Application) else ""
