"""Who may log in, and as what: users and the groups of their roles."""

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
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as TickWidget

from clinic.admin.columns import display
from clinic.admin.filters import BooleanFilter, RelatedFilter
from clinic.admin.model_admins import NoDeleteAdmin, ReadOnlyAdmin
from clinic.admin.sidebar import OPERATIONS, SidebarEntry, add_to_sidebar
from clinic.domain.permissions import SYSTEM

admin.site.unregister(User)
admin.site.unregister(Group)

add_to_sidebar(
    SidebarEntry(OPERATIONS, 10, _("Users"), "badge", "admin:auth_user_changelist", "auth.view_user"),
    SidebarEntry(OPERATIONS, 20, _("Roles"), "shield_person", "admin:auth_group_changelist", "auth.view_group"),
)


RIGHTS = ("is_active", "is_staff", "is_superuser", "groups")


class NewUserForm(UserCreationForm):
    """A new login; the name that signs what no person asked for is nobody's."""

    def clean_username(self) -> str:
        name = str(super().clean_username())
        if name.casefold() == SYSTEM:
            raise ValidationError(_("This name signs what no person asked for. Choose another."))
        return name


@admin.register(User)
class UserAdmin(NoDeleteAdmin, DjangosUserAdmin):
    """A login. Its rights are those of its groups; it is closed, never deleted, for it has signed what it did."""

    form = UserChangeForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "full_name", "roles", "is_active", "is_staff", "is_superuser", "last_login"]
    list_filter = [("groups", RelatedFilter), ("is_active", BooleanFilter), ("is_staff", BooleanFilter)]
    search_fields = ["username", "first_name", "last_name", "email"]
    search_help_text = _("Name or e-mail")
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("What this login may do"), {"fields": RIGHTS}),
        (_("Record"), {"fields": [("last_login", "date_joined")]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "usable_password", "password1", "password2"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("groups")
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002  # Django's signature
        """Rights are given by superusers alone: nobody gives themselves more."""
        return [*self.readonly_fields, *([] if request.user.is_superuser else RIGHTS)]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody logs in as the system; a superuser is changed by superusers."""
        if obj is not None and obj.get_username() == SYSTEM:
            return False
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The roles to tick."""
        return super().formfield_for_manytomany(db_field, request, **{"widget": TickWidget(), **kwargs})

    @display(description=_("Person"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or "–"

    @display(description=_("Roles"), label=True)
    def roles(self, user: User) -> list[str]:
        """The groups, from what was fetched with the page."""
        return sorted(group.name for group in user.groups.all())


# What stands in the database is English: Django's names of the four permissions that every model has.
ACTS = {
    "add": _("Can add %(records)s"),
    "change": _("Can change %(records)s"),
    "delete": _("Can delete %(records)s"),
    "view": _("Can view %(records)s"),
}


def _in_words(permission: Permission) -> str:
    """What a permission allows, in the reader's language."""
    act, _sign, name = permission.codename.partition("_")
    model = permission.content_type.model_class()
    if model is None or name != permission.content_type.model or act not in ACTS:
        return gettext(permission.name)
    return str(ACTS[act]) % {"records": model._meta.verbose_name_plural}


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin, DjangosGroupAdmin):
    """A role: what it may do is one table of the product (billing/roles.py), put in force by `apply_roles`."""

    list_display = ["name", "members"]
    search_fields = ()
    fields = ["name", "who", "may"]
    readonly_fields = ["who", "may"]
    filter_horizontal = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("user_set")
        return rows

    @display(description=_("Logins"))
    def members(self, group: Group) -> int:
        return len(group.user_set.all())

    @display(description=_("Logins"))
    def who(self, group: Group) -> str:
        return ", ".join(sorted(user.get_username() for user in group.user_set.all())) or "–"

    @display(description=_("Rights"))
    def may(self, group: Group) -> str:
        """The permissions, a line each."""
        held = Permission.objects.filter(group=group).select_related("content_type")
        names = [(_in_words(each),) for each in held.order_by("content_type__app_label", "codename")]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", names)) if names else "–"
