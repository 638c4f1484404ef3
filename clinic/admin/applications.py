"""Admin of OAuth2 applications (name, grant, scopes, secret) and of stored idempotency keys."""

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
from clinic.admin.sidebar import OPERATIONS, add_to_sidebar, list_entry
from clinic.models import ApplicationScopes, IdempotencyKey

Application = get_application_model()
Application._meta.verbose_name = _("application")
Application._meta.verbose_name_plural = _("applications")
GRANT_TYPES = (Application.GRANT_PASSWORD, Application.GRANT_CLIENT_CREDENTIALS)  # that the token endpoint supports

# Tokens are issued and revoked by the API only; nobody needs to see them in the admin.
TOKENS = (get_access_token_model(), get_grant_model(), get_id_token_model(), get_refresh_token_model())
for model in (*TOKENS, Application):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

add_to_sidebar(
    list_entry(OPERATIONS, 30, _("Applications"), "api", "oauth2_provider.application"),
    list_entry(OPERATIONS, 50, _("Requests served"), "key", "clinic.idempotencykey"),
)


class ScopesForm(forms.ModelForm):
    """Form of an application's scopes as checkboxes; they are stored as one text with spaces between."""

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


class ScopesInline(StackedInline):
    """Scopes that an application may be given; without a row, all of them."""

    model = ApplicationScopes
    form = ScopesForm
    verbose_name = _("Allowed scopes (empty: all)")
    max_num = 1
    can_delete = True


@admin.register(Application)
class ApplicationAdmin(NoDeleteAdmin):
    """Admin of the programs that use the API.

    An application is disabled by removing all of its scopes. It is never deleted, because events refer to it.
    """

    list_display = ["name", "client_id", "client_type", "authorization_grant_type", "user", "scopes"]
    list_filter = [("client_type", ChoicesFilter), ("authorization_grant_type", ChoicesFilter)]
    list_select_related = ["user", "allowed"]
    ordering = ["name", "pk"]
    search_fields = ["name", "client_id"]
    search_help_text = _("Name or client id")
    autocomplete_fields = ["user"]
    fields = ["name", "client_id", "client_type", "authorization_grant_type", "user"]
    readonly_fields = ["client_id"]
    inlines = [ScopesInline]
    actions_detail = ["new_secret"]
    view_on_site = False  # its get_absolute_url names a page that this site does not have

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002  # Django's signature
        """Return the fields; the client id only once there is one."""
        return [name for name in self.fields if obj is not None or name != "client_id"]

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only the grant types that the token endpoint supports."""
        if db_field.name == "authorization_grant_type":
            kwargs["choices"] = [choice for choice in db_field.choices if choice[0] in GRANT_TYPES]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the application; give a new one a secret and show it once, because only its hash is stored."""
        secret = secrets.token_urlsafe(48)
        if not change:
            obj.client_secret = secret
        super().save_model(request, obj, form, change)
        if not change and obj.client_type == Application.CLIENT_CONFIDENTIAL:
            messages.warning(request, _secret_message(secret))

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
            _("Generate a new secret"),
            submit=_("Generate a new secret"),
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
        self.log_change(request, application, gettext("New secret generated."))
        messages.warning(request, _secret_message(secret))


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """List of requests that were answered under an idempotency key, without their bodies."""

    list_display = ["key", "application", "user", "method", "path", "status", "moved_money", "created_at"]
    list_select_related = ["application", "user"]
    search_fields = ["=key"]
    search_help_text = _("Full key")
    fields = ["key", ("application", "user"), ("method", "path"), ("status", "moved_money"), "created_at"]
    ordering = ["-pk"]


def _secret_message(secret: str) -> str:
    return gettext("The client secret, shown only once: %(secret)s") % {"secret": secret}
