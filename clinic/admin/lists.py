"""Long lists: counted as far as somebody reads, and narrowed by a queue (`?queue=overdue`) beside the filters."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold import admin as theme
from unfold.views import ChangeList

from clinic.domain.dates import today

QUEUE = "queue"  # the parameter
Rows = Callable[[date], QuerySet[Any]]


class CappedPaginator(Paginator):
    """Pages of the first `most` rows. More are neither counted nor skipped over: who wants them narrows the list."""

    most = 10_000
    template_name = "admin/pagination_capped.html"

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        return rows.order_by()[: self.most + 1].count() if isinstance(rows, QuerySet) else len(rows)

    @cached_property
    def count(self) -> int:
        """How many rows there are, as far as they are counted."""
        return min(self._counted, self.most)

    @property
    def has_more(self) -> bool:
        """Whether there are rows behind the last page."""
        return self._counted > self.most


class QueueChangeList(ChangeList):
    """A list that is narrowed to a queue, where the address names one."""

    queue = ""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """What is left to the filters."""
        left: dict[str, Any] = super().get_filters_params(params)
        left.pop(QUEUE, None)
        return left

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        self.queue = request.GET.get(QUEUE, "")
        if self.queue:
            if self.queue not in self.model_admin.queues:
                raise IncorrectLookupParameters
            self.root_queryset = self.model_admin.queues[self.queue](today())
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return rows


class _Unread(QueueChangeList):
    """What a list would show, without asking for it."""

    def get_results(self, request: HttpRequest) -> None:
        pass


class QueueFilterMixin(theme.ModelAdmin):
    """Records of which `queues` are saved views: the rows of each on a day of the clinic."""

    queues: ClassVar[Mapping[str, Rows]] = {}
    paginator = CappedPaginator

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:  # noqa: ARG002  # Django's signature
        return QueueChangeList

    def filtered_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the list shows for the query of a request, all pages of it, not read yet.

        IncorrectLookupParameters where the list would refuse the query.
        """
        asked = _Unread(
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
        rows: QuerySet[Any] = asked.queryset
        return rows
