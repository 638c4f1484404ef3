"""Scopes that an application may request: those of its ApplicationScopes, otherwise all."""

from typing import Any

from oauth2_provider.scopes import SettingsScopes

from clinic.models import ApplicationScopes


class ApplicationScopesBackend(SettingsScopes):  # type: ignore[misc]  # the package brings no types
    """The scopes backend of the OAuth library.

    A token request without `scope` gets all scopes of its application; a request for more is an `invalid_scope`.
    """

    def get_available_scopes(self, application: Any = None, **_: Any) -> list[str]:
        every_scope: list[str] = super().get_available_scopes()
        own = ApplicationScopes.objects.filter(application=application).first() if application else None
        return every_scope if own is None else [scope for scope in every_scope if scope in own.scopes.split()]

    def get_default_scopes(self, application: Any = None, **_: Any) -> list[str]:
        return self.get_available_scopes(application)
