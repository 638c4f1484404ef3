"""Pages of the admin that are no list and no record's page: the dashboard, the cash desk, a preview, a print."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.generic import TemplateView

from clinic.i18n.lazy_text import LazyText


class Crumb(NamedTuple):
    """A step on the way to a page; the last one, the page itself, has no link."""

    title: LazyText
    link: str = ""


class AdminPage(TemplateView):
    """A page in the theme's frame. Put it at its address with `clinic.admin.page`:

        @page("cash-desk/", name="cash_desk")
        class CashDesk(AdminPage):
            title = _("Take a payment")
            permissions = ("billing.add_payment",)
            template_name = "admin/billing/cash_desk.html"   # {% extends "admin/page.html" %}, {% block page %}

    `permissions` must all be held: whoever lacks one gets 403, whoever is not logged in the login. `()` stands for
    every member of staff; a page that does not say is refused at import. A page that takes a form overrides `post`, and
    makes one call of the domain. At the route "", named "index", a page is the first of the admin.
    """

    title: LazyText = ""
    permissions: tuple[str, ...] | None = None
    template_name = "admin/page.html"
    breadcrumbs: Iterable[Crumb] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not isinstance(cls.permissions, tuple):
            raise TypeError(f"{cls.__name__} does not say which permissions it needs.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not admin.site.has_permission(request) or not request.user.has_perms(self.permissions or ()):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> LazyText:
        """What stands at the top, and in the browser's tab."""
        return self.title

    def get_breadcrumbs(self) -> list[Crumb]:
        """The way here."""
        return [*self.breadcrumbs, Crumb(self.get_title())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{
                **admin.site.each_context(self.request),
                "title": self.get_title(),
                "breadcrumbs": self.get_breadcrumbs(),
                **kwargs,
            }
        )


def change_url(record: Any) -> str:
    """The page of a record."""
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def list_url(model: Any, query: str = "") -> str:
    """The list of a model, with the filters that `query` names."""
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{address}?{query}" if query else address
