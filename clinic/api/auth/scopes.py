"""Which scopes an application may ask for: those that were set for it, else all."""

from typing import Any

from oauth2_provider.scopes import SettingsScopes

from clinic.models import ApplicationScopes


class ApplicationScopesBackend(SettingsScopes):  # type: ignore[misc]  # the package brings no types
    """A token request without `scope` gets all of them; one that asks for more is refused as `invalid_scope`."""

    def get_available_scopes(self, application: Any = None, **_: Any) -> list[str]:
        everything: list[str] = super().get_available_scopes()
        own = ApplicationScopes.objects.filter(application=application).first() if application else None
        return everything if own is None else [scope for scope in everything if scope in own.scopes.split()]

    def get_default_scopes(self, application: Any = None, **_: Any) -> list[str]:
        return self.get_available_scopes(application)
