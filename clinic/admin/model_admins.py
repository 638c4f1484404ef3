"""What every page of the admin keeps to: nothing is deleted, and the ledger is only read."""

from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold import admin as theme

from clinic.admin.actions import may_run
from clinic.admin.checks import AdminChecks
from clinic.admin.form_fields import MoneyInput, NumberFormField
from clinic.admin.panels import render_panels
from clinic.db.fields import ExactDecimalField
from clinic.i18n.display import EMPTY


class NoDeleteAdmin(theme.ModelAdmin):
    """Records that may be added and changed, and are never deleted.

    Actions are methods under `clinic.admin.action`, in Django's `actions` or the theme's `actions_detail`,
    `actions_row`, `actions_list`.
    """

    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a count for each choice of each filter, over all rows
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True
    empty_value_display = EMPTY
    checks_class = AdminChecks

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the record, and the moment of its change."""
        if change and hasattr(obj, "updated_at"):
            obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field without the pencil that opens another record in a window of its own; numbers as people type them."""
        if isinstance(db_field, ExactDecimalField):
            kwargs = {"form_class": NumberFormField, "widget": MoneyInput(), **kwargs}
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """The page of a record, with what other apps show of it (`clinic.admin.panel`)."""
        context["panels"] = render_panels(request, obj) if obj is not None else []
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def _filter_actions_by_permissions(self, request: HttpRequest, actions: Any) -> list[Any]:
        """Django's actions of chosen rows: those that the person may run."""
        return [each for each in actions if may_run(request, each[0])]

    def _filter_unfold_actions_by_permissions(
        self, request: HttpRequest, actions: Any, object_id: Any = None
    ) -> list[Any]:
        """The theme's actions: those that the person may run and, of one record, that it allows now."""
        mine = [each for each in actions if may_run(request, each.method)]
        if object_id is None or not any(each.method.when for each in mine):
            return mine
        record = self.get_object(request, unquote(str(object_id)))
        return [each for each in mine if each.method.when is None or (record and each.method.when(record))]


class ReadOnlyAdmin(NoDeleteAdmin):
    """Records that are looked at; they come from verbs, which the admin does not go round."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Without the history of Django's admin, in which nothing ever stands: nothing is changed here."""
        extra_context = {"show_history": False, **(extra_context or {})}
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return response


class SearchTextMixin(theme.ModelAdmin):
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


class TabularInline(theme.TabularInline):
    """Rows of a parent's page, one under the other."""

    extra = 0
    show_change_link = False


class StackedInline(theme.StackedInline):
    """Rows of a parent's page, each as a form of its own."""

    extra = 0
    show_change_link = False


class ReadOnlyTabularInline(TabularInline):
    """Rows of a parent's page that are looked at."""

    can_delete = False
    hide_title = True  # a row of a ledger needs no second title

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All of them, those that no form may hold too."""
        return list(self.get_fields(request, obj)) if self.fields else []

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False
