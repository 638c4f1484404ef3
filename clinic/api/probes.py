"""Endpoints for monitoring, without a token: `/healthz`, `/readyz` and `/metrics`.

They are answered before the host name and HTTPS are checked, because a probe connects to an address. `/metrics` is for
the addresses of METRICS_ALLOWED only.
"""

import ipaddress
from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import ResolverMatch
from django_prometheus.exports import ExportToDjangoView

from clinic.api.responses.errors import RETRY_AFTER, http_error_response, not_found
from clinic.db.availability import reason_not_writable
from clinic.db.migration_history import read_history

READINESS_SECONDS = 2  # for which /readyz waits for the database

GetResponse = Callable[[HttpRequest], HttpResponse]


class ProbesMiddleware:
    """Middleware that answers GET and HEAD of the three endpoints."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info.removesuffix("/"))
        if probe is None:
            return self.get_response(request)
        request.resolver_match = probe
        if request.method not in {"GET", "HEAD"}:
            response = http_error_response(request, "method_not_allowed")
            response["Allow"] = "GET, HEAD"
            return response
        answer: HttpResponse = probe.func(request)
        return answer


def liveness(_request: HttpRequest) -> HttpResponse:
    """Return 200: the process answers. The database is not asked, because a restart would not mend it."""
    return JsonResponse({"status": "alive"})


def readiness(_request: HttpRequest) -> HttpResponse:
    """Return 200 if a write would work and the database has the migrations of this version, and no others; else 503."""
    try:
        with connections[DEFAULT_DB_ALIAS].waiting_at_most(READINESS_SECONDS):  # type: ignore[attr-defined]  # our backends
            history = read_history(connection)
            if history.unknown:
                return _unready("The database is newer than this program.")
            if history.pending:
                return _unready("Migrations have not been applied.")
            reason = reason_not_writable(connection)
    except (DatabaseError, InterfaceError):
        return _unready("The database is not responding.")
    return _unready(reason) if reason else JsonResponse({"status": "ready"})


def _unready(why: str) -> HttpResponse:
    return JsonResponse({"status": "unready", "detail": why}, status=503, headers={"Retry-After": RETRY_AFTER})


def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of all workers in Prometheus's format; 404 for addresses that may not read them."""
    if not may_read_metrics(request.META):
        return not_found(request, PermissionError())
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def may_read_metrics(meta: Mapping[str, str]) -> bool:
    """Return whether a request comes from an address of METRICS_ALLOWED.

    A request forwarded by a proxy that is not trusted has an unknown address.
    """
    if "HTTP_X_FORWARDED_FOR" in meta and not settings.TRUSTED_PROXIES:
        return False
    try:
        address = ipaddress.ip_address(meta.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in ipaddress.ip_network(allowed) for allowed in settings.METRICS_ALLOWED)


PROBES: Mapping[str, ResolverMatch] = {
    f"/{name}": ResolverMatch(probe, (), {}, url_name=name, route=name)
    for name, probe in (("healthz", liveness), ("readyz", readiness), ("metrics", metrics))
}
