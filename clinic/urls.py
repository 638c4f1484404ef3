"""Routes of the site: the API's resources, its schema and documentation, the OAuth2 endpoints, and the admin."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from billing.api.urls import urlpatterns as billing_routes
from clinic.api.auth.token_endpoints import RevokeTokenEndpoint, TokenEndpoint
from clinic.api.routing import path_with_optional_slash
from clinic.api.schema.views import DocsView, SchemaView
from patients.api.urls import urlpatterns as patient_routes

handler400 = "clinic.api.responses.errors.bad_request"
handler403 = "clinic.api.responses.errors.permission_denied"
handler404 = "clinic.api.responses.errors.not_found"
handler500 = "clinic.api.responses.errors.server_error"


@csrf_exempt
def start(request: HttpRequest) -> HttpResponse:
    """Lead a browser to the admin; other methods find nothing here."""
    if request.method not in ("GET", "HEAD"):
        raise Http404
    return redirect("admin:index")


urlpatterns: list[URLPattern | URLResolver] = [
    *patient_routes,
    *billing_routes,
    path_with_optional_slash("schema", SchemaView.as_view({"get": "show"}), "schema"),
    path_with_optional_slash("docs", DocsView.as_view(), "docs"),
    path_with_optional_slash("o/token", TokenEndpoint.as_view(), "token"),
    path_with_optional_slash("o/revoke_token", RevokeTokenEndpoint.as_view(), "revoke-token"),
    path("", start, name="start"),
    path("admin/language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
]
