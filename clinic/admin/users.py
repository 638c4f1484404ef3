"""Admin of users, and of the groups that are their roles."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangosGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangosUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as CheckboxesWidget

from clinic.admin.columns import display
from clinic.admin.filters import BooleanFilter, RelatedFilter
from clinic.admin.model_admins import NoDeleteAdmin, ReadOnlyAdmin
from clinic.admin.sidebar import OPERATIONS, add_to_sidebar, list_entry
from clinic.domain.permissions import SYSTEM
from clinic.i18n.display import EMPTY

admin.site.unregister(User)
admin.site.unregister(Group)

add_to_sidebar(
    list_entry(OPERATIONS, 10, _("Users"), "badge", "auth.user"),
    list_entry(OPERATIONS, 20, _("Roles"), "shield_person", "auth.group"),
)


PERMISSION_FIELDS = ("is_active", "is_staff", "is_superuser", "groups")


class NewUserForm(UserCreationForm):
    """Form of a new user. The name of the system user, who is the author of automatic changes, is reserved."""

    def clean_username(self) -> str:
        name = str(super().clean_username())
        if name.casefold() == SYSTEM:
            raise ValidationError(_("This username is reserved for the system. Choose another."))
        return name


@admin.register(User)
class UserAdmin(NoDeleteAdmin, DjangosUserAdmin):
    """Admin of users. A user has the permissions of their groups, and is never deleted: events refer to them."""

    form = UserChangeForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "full_name", "roles", "is_active", "is_staff", "is_superuser", "last_login"]
    list_filter = [("groups", RelatedFilter), ("is_active", BooleanFilter), ("is_staff", BooleanFilter)]
    search_fields = ["username", "first_name", "last_name", "email"]
    search_help_text = _("Name or email")
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("Permissions of this user"), {"fields": PERMISSION_FIELDS}),
        (_("Record"), {"fields": [("last_login", "date_joined")]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "usable_password", "password1", "password2"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("groups")
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002  # Django's signature
        """Let only superusers change permissions, so that nobody can extend their own."""
        return [*self.readonly_fields, *([] if request.user.is_superuser else PERMISSION_FIELDS)]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse changes of the system user to everybody, and of superusers to others than superusers."""
        if obj is not None and obj.get_username() == SYSTEM:
            return False
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the field of groups as checkboxes."""
        return super().formfield_for_manytomany(db_field, request, **{"widget": CheckboxesWidget(), **kwargs})

    @display(description=_("Person"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or EMPTY

    @display(description=_("Roles"), label=True)
    def roles(self, user: User) -> list[str]:
        """Return the names of the groups, which are prefetched."""
        return sorted(group.name for group in user.groups.all())


# Texts for Django's four permissions of every model, whose names in the database are English.
PERMISSION_TEXTS = {
    "add": _("Can add %(records)s"),
    "change": _("Can change %(records)s"),
    "delete": _("Can delete %(records)s"),
    "view": _("Can view %(records)s"),
}


OTHER_PERMISSION_TEXTS = {
    "view_accessattempt": _("Can view lock-outs"),
    "change_accessattempt": _("Can let locked-out people in again"),
}


def _localized_name(permission: Permission) -> str:
    """Return the name of a permission in the user's language."""
    if permission.codename in OTHER_PERMISSION_TEXTS:
        return str(OTHER_PERMISSION_TEXTS[permission.codename])
    action, _separator, name = permission.codename.partition("_")
    model = permission.content_type.model_class()
    if model is None or name != permission.content_type.model or action not in PERMISSION_TEXTS:
        return gettext(permission.name)
    return str(PERMISSION_TEXTS[action]) % {"records": model._meta.verbose_name_plural}


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin, DjangosGroupAdmin):
    """Admin of roles, read-only: their permissions are defined in billing/roles.py and stored by `apply_roles`."""

    list_display = ["name", "member_count"]
    search_fields = ()
    fields = ["name", "usernames", "permission_list"]
    readonly_fields = ["usernames", "permission_list"]
    filter_horizontal = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("user_set")
        return rows

    @display(description=_("Users"))
    def member_count(self, group: Group) -> int:
        return len(group.user_set.all())

    @display(description=_("Users"))
    def usernames(self, group: Group) -> str:
        return ", ".join(sorted(user.get_username() for user in group.user_set.all())) or EMPTY

    @display(description=_("Permissions"))
    def permission_list(self, group: Group) -> str:
        """Return the HTML of a list of the permissions."""
        permissions = Permission.objects.filter(group=group).select_related("content_type")
        names = [(_localized_name(each),) for each in permissions.order_by("content_type__app_label", "codename")]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", names)) if names else EMPTY
