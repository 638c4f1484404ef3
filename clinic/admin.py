"""What every page of the admin keeps to: nothing is deleted, and the ledger is only read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)

from clinic.models import ApplicationScopes

admin.site.site_header = admin.site.site_title = "Clinic Billing"
admin.site.index_title = "Back office"
admin.site.site_url = None  # the API's client is not this site's
for token in (get_access_token_model(), get_grant_model(), get_id_token_model(), get_refresh_token_model()):
    if admin.site.is_registered(token):  # tokens are issued and revoked by the API, and read by nobody
        admin.site.unregister(token)


class KeptAdmin(admin.ModelAdmin):
    """Records that may be added and changed, and are never deleted."""

    list_per_page = 50
    show_full_result_count = False
    save_on_top = True

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the record, and the moment of its change."""
        if change:
            obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False


@admin.register(ApplicationScopes)
class ApplicationScopesAdmin(KeptAdmin):
    """The most that an application is given; without a row, everything."""

    list_display = ["application", "scopes"]
    list_select_related = ["application"]


class ReadOnlyAdmin(KeptAdmin):
    """Records that are looked at; they come from verbs, which the admin does not go round."""

    save_on_top = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False


class FoundByWords(admin.ModelAdmin):
    """Records whose page is searched by `found_by` of their QuerySet: every word must match, as in the API."""

    search_fields = ["search_text"]

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        found: Any = self.model._default_manager
        return queryset & found.found_by(search_term), False


class ReadOnlyTabularInline(admin.TabularInline):
    """Rows of a parent's page that are looked at."""

    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All of them, those that no form may hold too."""
        return list(self.get_fields(request, obj)) if self.fields else []

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False
