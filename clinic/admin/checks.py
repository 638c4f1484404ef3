"""What `manage.py check` says of the admin's actions."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.admin.checks import ModelAdminChecks
from django.core.checks import CheckMessage, Error

from clinic.admin.actions import MARK


class AdminChecks(ModelAdminChecks):
    """Django's own, and that every action names permissions that exist; no question to the database."""

    def check(self, admin_obj: Any, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(admin_obj, **kwargs), *_of_actions(admin_obj)]

    def _check_actions(self, obj: Any) -> list[CheckMessage]:  # noqa: ARG002  # Django's signature
        """Django wants a method for each permission of an action; here permissions are asked for by their name."""
        return []


def all_actions(admin_obj: Any) -> Iterator[tuple[str, Any]]:
    """The actions that a page offers to anybody, by name."""
    for kind in ("actions", "actions_list", "actions_row", "actions_detail", "actions_submit_line"):
        for name in admin_obj._extract_action_names(getattr(admin_obj, kind)):
            method = name if callable(name) else getattr(admin_obj, name, None)
            yield f"{kind}.{name if isinstance(name, str) else name.__name__}", method


def _of_actions(admin_obj: Any) -> Iterator[CheckMessage]:
    known = _permissions()
    for name, method in all_actions(admin_obj):
        if not getattr(method, MARK, False):
            hint = "Use clinic.admin.action; the theme's own runs on GET for whoever is staff."
            yield Error(f"{name} is no action of clinic.admin.", hint=hint, obj=type(admin_obj), id="clinic.E016")
            continue
        for permission in getattr(method, "allowed_permissions", ()):
            if permission not in known:
                message = f"{name} asks for “{permission}”, which is no permission."
                yield Error(message, obj=type(admin_obj), id="clinic.E017")


def _permissions() -> set[str]:
    """The name of every permission that the models declare."""
    return {
        f"{model._meta.app_label}.{codename}"
        for model in apps.get_models()
        for codename in (
            *(f"{act}_{model._meta.model_name}" for act in model._meta.default_permissions),
            *(codename for codename, _ in model._meta.permissions),
        )
    }
