"""Change lists with capped counts, and with queues (`?queue=overdue`) in addition to the filters."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Protocol

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from unfold import admin as theme
from unfold.views import ChangeList

from clinic.admin.list_descriptions import ActiveFilter, DescribedChangeList
from clinic.domain.dates import today
from clinic.i18n.lazy_text import LazyText

QUEUE_PARAMETER = "queue"


class ListQueue(Protocol):
    """A queue: its label, and a function that returns its rows on a date."""

    @property
    def label(self) -> LazyText: ...

    def rows(self, on: date, /) -> QuerySet[Any]: ...


class CappedPaginator(Paginator):
    """Paginator of the first `max_count` rows; further rows are neither counted nor on any page."""

    max_count = 10_000
    template_name = "admin/pagination_capped.html"

    @cached_property
    def _count_with_one_more(self) -> int:
        rows = self.object_list
        return rows.order_by()[: self.max_count + 1].count() if isinstance(rows, QuerySet) else len(rows)

    @cached_property
    def count(self) -> int:
        """The number of rows, `max_count` at most."""
        return min(self._count_with_one_more, self.max_count)

    @property
    def has_more(self) -> bool:
        """True if there are rows after the last page."""
        return self._count_with_one_more > self.max_count


class QueueChangeList(DescribedChangeList):
    """Change list of the rows of the queue that the URL names, or of all rows."""

    queue = ""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Return the parameters of the filters, without that of the queue."""
        parameters: dict[str, Any] = super().get_filters_params(params)
        parameters.pop(QUEUE_PARAMETER, None)
        return parameters

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        self.queue = request.GET.get(QUEUE_PARAMETER, "")
        if self.queue:
            if self.queue not in self.model_admin.queues:
                raise IncorrectLookupParameters
            self.root_queryset = self.model_admin.queues[self.queue].rows(today())
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return rows

    @property
    def active_filters(self) -> Iterator[ActiveFilter]:
        """The active filters, with the queue first."""
        if self.queue:
            label = str(self.model_admin.queues[self.queue].label)
            yield ActiveFilter(_("Work queue"), label, self.get_query_string(remove=[QUEUE_PARAMETER]))
        yield from super().active_filters


class _UnevaluatedChangeList(QueueChangeList):
    """Change list that filters its rows without reading them."""

    def get_results(self, request: HttpRequest) -> None:
        pass


class QueueFilterMixin(theme.ModelAdmin):
    """ModelAdmin whose list can be narrowed by `queues`, which are named in the URL by their keys."""

    queues: ClassVar[Mapping[str, ListQueue]] = {}
    paginator = CappedPaginator

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:  # noqa: ARG002  # Django's signature
        return QueueChangeList

    def filtered_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of all pages of the list for a request's query, as a QuerySet.

        Raises IncorrectLookupParameters for an invalid query.
        """
        change_list = _UnevaluatedChangeList(
            request,
            self.model,
            self.get_list_display(request),
            (),
            self.get_list_filter(request),
            None,
            self.get_search_fields(request),
            self.get_list_select_related(request),
            self.list_per_page,
            self.list_max_show_all,
            (),
            self,
            None,
            None,
        )
        rows: QuerySet[Any] = change_list.queryset
        return rows
