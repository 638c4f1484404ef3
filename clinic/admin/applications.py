"""The programs that speak with the API: their names, grants and scopes. A secret is shown once, when it is made."""

import secrets
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import (
    get_access_token_model,
    get_application_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)
from oauth2_provider.settings import oauth2_settings

from clinic.admin.actions import action
from clinic.admin.columns import display
from clinic.admin.dialogs import Dialog, DialogForm
from clinic.admin.filters import ChoicesFilter
from clinic.admin.form_fields import apply_theme_widget
from clinic.admin.model_admins import NoDeleteAdmin, ReadOnlyAdmin, StackedInline
from clinic.admin.sidebar import OPERATIONS, SidebarEntry, add_to_sidebar
from clinic.models import ApplicationScopes, IdempotencyKey

Application = get_application_model()
Application._meta.verbose_name = _("application")
Application._meta.verbose_name_plural = _("applications")
GRANTS = (Application.GRANT_PASSWORD, Application.GRANT_CLIENT_CREDENTIALS)

# Tokens are issued and revoked by the API, and read by nobody; scopes stand on the application's page.
TOKENS = (get_access_token_model(), get_grant_model(), get_id_token_model(), get_refresh_token_model())
for model in (*TOKENS, Application):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

add_to_sidebar(
    SidebarEntry(
        OPERATIONS,
        30,
        _("Applications"),
        "api",
        "admin:oauth2_provider_application_changelist",
        "oauth2_provider.view_application",
    ),
    SidebarEntry(
        OPERATIONS,
        50,
        _("Answered requests"),
        "key",
        "admin:clinic_idempotencykey_changelist",
        "clinic.view_idempotencykey",
    ),
)


class ScopesForm(forms.ModelForm):
    """The scopes to choose from, instead of words with spaces between."""

    scopes = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label=_("Scopes"))

    class Meta:
        model = ApplicationScopes
        fields = ["scopes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, f"{name}: {gettext(text)}") for name, text in oauth2_settings.SCOPES.items()]
        apply_theme_widget(field)
        self.initial["scopes"] = str(self.initial.get("scopes", "")).split()

    def clean_scopes(self) -> str:
        return " ".join(self.cleaned_data["scopes"])


class Scopes(StackedInline):
    """The most that an application is given; without a row, everything."""

    model = ApplicationScopes
    form = ScopesForm
    verbose_name = _("What it may ask for at most; without an entry, everything")
    max_num = 1
    can_delete = True


@admin.register(Application)
class ApplicationAdmin(NoDeleteAdmin):
    """An application is closed by taking every scope away; it is kept, for it has signed what it did."""

    list_display = ["name", "client_id", "client_type", "authorization_grant_type", "user", "scopes"]
    list_filter = [("client_type", ChoicesFilter), ("authorization_grant_type", ChoicesFilter)]
    list_select_related = ["user", "allowed"]
    search_fields = ["name", "client_id"]
    search_help_text = _("Name or client id")
    autocomplete_fields = ["user"]
    fields = ["name", "client_id", "client_type", "authorization_grant_type", "user"]
    readonly_fields = ["client_id"]
    inlines = [Scopes]
    actions_detail = ["new_secret"]
    view_on_site = False  # its own page is nowhere mounted

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002  # Django's signature
        """The client id once there is one."""
        return [name for name in self.fields if obj is not None or name != "client_id"]

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Of the grants, those that the token endpoint gives."""
        if db_field.name == "authorization_grant_type":
            kwargs["choices"] = [choice for choice in db_field.choices if choice[0] in GRANTS]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new application gets its secret, which is shown once: only its checksum is stored."""
        secret = secrets.token_urlsafe(48)
        if not change:
            obj.client_secret = secret
        super().save_model(request, obj, form, change)
        if not change and obj.client_type == Application.CLIENT_CONFIDENTIAL:
            messages.warning(request, _said_once(secret))

    @display(description=_("Scopes"))
    def scopes(self, application: Any) -> str:
        allowed = getattr(application, "allowed", None)
        if allowed is None:
            return gettext("all")
        return allowed.scopes or gettext("none")

    @action(
        permissions=["oauth2_provider.change_application"],
        description=_("New secret"),
        dialog=Dialog(
            _("Make a new secret"),
            submit=_("Make a new secret"),
            text=_("The old secret stops working at once. The new one is shown once."),
            is_dangerous=True,
        ),
        when=lambda application: application.client_type == Application.CLIENT_CONFIDENTIAL,
        icon="key",
    )
    def new_secret(self, request: HttpRequest, application: Any, _form: DialogForm) -> None:
        secret = secrets.token_urlsafe(48)
        application.client_secret = secret
        application.updated = timezone.now()
        application.save(update_fields=["client_secret", "updated"])
        self.log_change(request, application, gettext("A new secret."))
        messages.warning(request, _said_once(secret))


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """Which requests were answered under a key; what was asked and answered is nobody's to read."""

    list_display = ["key", "application", "user", "method", "path", "status", "moved_money", "created_at"]
    list_select_related = ["application", "user"]
    search_fields = ["=key"]
    search_help_text = _("The whole key")
    fields = ["key", ("application", "user"), ("method", "path"), ("status", "moved_money"), "created_at"]
    ordering = ["-pk"]


def _said_once(secret: str) -> str:
    return gettext("The client secret, shown this once: %(secret)s") % {"secret": secret}
