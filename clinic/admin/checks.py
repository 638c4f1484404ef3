"""System checks of admin actions: each is made with `clinic.admin.action` and names permissions that exist."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.admin.checks import ModelAdminChecks
from django.core.checks import CheckMessage, Error

from clinic.admin.actions import ACTION_MARKER


class AdminChecks(ModelAdminChecks):
    """Checks of one ModelAdmin, without a database query."""

    def check(self, admin_obj: Any, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(admin_obj, **kwargs), *_check_actions_and_permissions(admin_obj)]

    def _check_actions(self, obj: Any) -> list[CheckMessage]:  # noqa: ARG002  # Django's signature
        """Skip Django's check, which wants a method for each permission; here actions use the permissions' names."""
        return []


def all_actions(admin_obj: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and method of every action of a ModelAdmin."""
    for kind in ("actions", "actions_list", "actions_row", "actions_detail", "actions_submit_line"):
        for name in admin_obj._extract_action_names(getattr(admin_obj, kind)):
            method = name if callable(name) else getattr(admin_obj, name, None)
            yield f"{kind}.{name if isinstance(name, str) else name.__name__}", method


def _check_actions_and_permissions(admin_obj: Any) -> Iterator[CheckMessage]:
    known = _declared_permissions()
    for name, method in all_actions(admin_obj):
        if not getattr(method, ACTION_MARKER, False):
            hint = "Use clinic.admin.action; the theme's own runs on GET for all staff."
            yield Error(f"{name} is no action of clinic.admin.", hint=hint, obj=type(admin_obj), id="clinic.E016")
            continue
        for permission in getattr(method, "allowed_permissions", ()):
            if permission not in known:
                message = f"{name} asks for “{permission}”, which is no permission."
                yield Error(message, obj=type(admin_obj), id="clinic.E017")


def _declared_permissions() -> set[str]:
    """Return the names of all permissions that the models declare."""
    return {
        f"{model._meta.app_label}.{codename}"
        for model in apps.get_models()
        for codename in (
            *(f"{action}_{model._meta.model_name}" for action in model._meta.default_permissions),
            *(codename for codename, _ in model._meta.permissions),
        )
    }
