"""Base classes of ModelAdmins and inlines: records are never deleted, and records of the ledger are read-only."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import CharField, DateTimeField, QuerySet, TextField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from unfold import admin as theme
from unfold.views import ChangeList

from clinic.admin.actions import may_run
from clinic.admin.checks import AdminChecks
from clinic.admin.extension_points import added_list_filters, render_panels
from clinic.admin.filters import unreadable_message
from clinic.admin.form_fields import (
    MoneyInput,
    NumberFormField,
    RecordSelect,
    TextFormField,
    is_valid_value,
    validate_year,
)
from clinic.admin.list_descriptions import DescribedChangeList
from clinic.admin.replica_pages import show_from_replica
from clinic.db.fields import BaseModel, ExactDecimalField
from clinic.domain.clock import current_time
from clinic.domain.text import bounded_search
from clinic.i18n.display import EMPTY


class NoDeleteAdmin(theme.ModelAdmin):
    """ModelAdmin of records that can be added and changed, and never deleted.

    Actions are methods decorated with `clinic.admin.action` and named in Django's `actions` or in the theme's
    `actions_detail`, `actions_row` or `actions_list`.
    """

    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # facets would count all rows once for each choice of each filter
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True
    empty_value_display = EMPTY
    checks_class = AdminChecks
    list_order: ClassVar[Mapping[str, Any]] = {}
    """The field or expression by which a column is sorted, where it is not the column itself."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, which is read from the replica if there is one; a POST is an action on its rows."""
        return show_from_replica(super().changelist_view, request, extra_context)

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:  # noqa: ARG002  # Django's signature
        return DescribedChangeList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list; for a query that cannot be read, add a message before Django redirects to the whole list."""
        try:
            found = super().get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            messages.error(request, unreadable_message(error), fail_silently=True)
            raise
        found.title = capfirst(str(self.opts.verbose_name_plural))  # Django's is “Select invoice to view”
        return found

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Return the filters of the list, then those that other apps added."""
        return [*super().get_list_filter(request), *added_list_filters(self.model)]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search as Django does, by the first words of a long text: thousands would keep a worker busy for minutes."""
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, bounded_search(search_term))
        return found

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any) -> Any:
        """Run an action on the selected rows, unless one of their ids cannot be one."""
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(is_valid_value(self.opts.pk, each) for each in selected):
            messages.error(request, gettext("A selected row cannot be found: select the rows again."))
            return None
        return super().response_action(request, queryset, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the record; of one that exists, the changed fields: what others changed since it was read stays."""
        if change and isinstance(obj, BaseModel):
            obj.lock_and_set({name: getattr(obj, name) for name in form.changed_data})
            obj.updated_at = timezone.now()
        elif isinstance(obj, BaseModel):
            obj.created_at = current_time()
        super().save_model(request, obj, form, change)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the form field of a column: checked texts, localized numbers, no buttons that open related records."""
        if isinstance(db_field, ExactDecimalField):
            kwargs = {"form_class": NumberFormField, "widget": MoneyInput(), **kwargs}
        if type(db_field) in (CharField, TextField) and not db_field.choices:
            kwargs = {"form_class": TextFormField, **kwargs}
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, DateTimeField):
            field.validators.append(validate_year)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the field of a related record, which refuses what cannot be a key."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs = {"widget": RecordSelect(db_field, self.admin_site), **kwargs}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record = kwargs.get("obj")
        context["panels"] = render_panels(request, record) if record is not None else []
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def _filter_actions_by_permissions(self, request: HttpRequest, actions: Any) -> list[Any]:
        """Return those of Django's actions on selected rows that the user may run."""
        return [each for each in actions if may_run(request, each[0])]

    def _filter_unfold_actions_by_permissions(
        self, request: HttpRequest, actions: Any, object_id: Any = None
    ) -> list[Any]:
        """Return those of the theme's actions that the user may run and that the record, if any, allows now."""
        allowed = [each for each in actions if may_run(request, each.method)]
        if object_id is None or not any(each.method.when for each in allowed):
            return allowed
        record = self.get_object(request, unquote(str(object_id)))
        return [each for each in allowed if each.method.when is None or (record and each.method.when(record))]


class ReadOnlyAdmin(NoDeleteAdmin):
    """ModelAdmin of records that only operations create; the admin displays them."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Render the page without Django's history, which is empty where nothing is changed through a form."""
        return super().render_change_form(request, {**context, "show_history": False}, *args, **kwargs)


class SearchTextMixin(theme.ModelAdmin):
    """ModelAdmin whose list is searched by `matching` of the QuerySet, as in the API: every word must match."""

    search_fields = ["search_text"]

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        rows: Any = queryset
        return rows.matching(bounded_search(search_term)), False


class TabularInline(theme.TabularInline):
    """Inline that shows related rows as a table."""

    extra = 0
    show_change_link = False


class StackedInline(theme.StackedInline):
    """Inline that shows each related row as a form."""

    extra = 0
    show_change_link = False


class ReadOnlyTabularInline(TabularInline):
    """Inline that shows related rows as a table that cannot be edited."""

    can_delete = False
    hide_title = True  # a row of a ledger needs no second title

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return all fields, including those that cannot be in a form."""
        return list(self.get_fields(request, obj)) if self.fields else []

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False
