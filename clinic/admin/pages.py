"""Base class of admin pages that are neither a list nor a record's page, such as the dashboard, and URL helpers."""

from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.generic import TemplateView

from clinic.i18n.lazy_text import LazyText


class Breadcrumb(NamedTuple):
    """Breadcrumb of a page; the last one, the page itself, has no link."""

    title: LazyText
    link: str = ""


class AdminPage(TemplateView):
    """View of a page in the theme's layout, with a URL from `clinic.admin.register_page`:

        @register_page("take-payment/", name="take_payment")
        class TakePaymentPage(AdminPage):
            title = _("Take a payment")
            permissions = ("billing.add_payment",)
            template_name = "admin/billing/take_payment.html"   # {% extends "admin/page.html" %}, {% block page %}

    The user needs all of `permissions`; `()` allows every member of staff, and a subclass that does not define them
    raises TypeError. The answer is 403 without permission, and the login page without a login. A page with a form
    overrides `post`, which calls one operation. The page with the route "" and the name "index" is the start page.
    """

    title: LazyText = ""
    permissions: tuple[str, ...] | None = None
    template_name = "admin/page.html"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not isinstance(cls.permissions, tuple):
            raise TypeError(f"{cls.__name__} does not define its permissions.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not admin.site.has_permission(request) or not request.user.has_perms(self.permissions or ()):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> LazyText:
        """Return the heading of the page, which is also the title of the browser's tab."""
        return self.title

    def get_breadcrumbs(self) -> list[Breadcrumb]:
        """Return the breadcrumbs, the page itself included."""
        return [Breadcrumb(self.get_title())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        frame = {"title": self.get_title(), "breadcrumbs": self.get_breadcrumbs()}
        return super().get_context_data(**{**admin.site.each_context(self.request), **frame, **kwargs})


def may_view(request: HttpRequest, record: Any) -> bool:
    """Return whether the user may open the page of a record."""
    model_admin = admin.site.get_model_admin(type(record))
    return bool(model_admin.has_view_or_change_permission(request, record))


def change_url(record: Any) -> str:
    """Return the URL of a record's page."""
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def list_url(model: Any, query: str = "") -> str:
    """Return the URL of a model's list, with a query string."""
    meta = model._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{url}?{query}" if query else url
