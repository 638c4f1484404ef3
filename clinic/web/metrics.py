"""Prometheus metrics: requests by route, method and status, and how long they took.

Each worker counts for itself, into files of the folder PROMETHEUS_MULTIPROC_DIR; `/metrics` returns the sum. Labels are
routes, methods and statuses: a client cannot create new ones.
"""

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django_prometheus.middleware import Metrics
from prometheus_client import Counter, Histogram

from clinic.web.request_log import method_label

LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"))


class RequestMetrics(Metrics):  # type: ignore[misc]  # the package brings no types
    """Two of django-prometheus's metrics, under its names; the other seventeen take longer than looking up a token."""

    _instance: Any = None

    def register(self) -> None:
        """Register both metrics, once for each process."""
        self.latency = self.register_metric(
            Histogram,
            "django_http_requests_latency_seconds_by_view_method",
            "Seconds from a request's arrival to its answer.",
            ["view", "method"],
            buckets=LATENCIES,
        )
        self.responses = self.register_metric(
            Counter,
            "django_http_responses_total_by_status_view_method",
            "Answers, by their status.",
            ["status", "view", "method"],
        )


class MetricsMiddleware:
    """Middleware that counts each request and measures how long it took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.metrics = RequestMetrics.get_instance()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else ""
        seconds = time.perf_counter() - began
        self.metrics.latency.labels(view=view, method=method_label(request)).observe(seconds)
        count_response(request, response.status_code, view)
        return response


def count_response(request: HttpRequest, status: int, view: str = "") -> None:
    """Count a response; by the name of its view, "" if it has none."""
    responses = RequestMetrics.get_instance().responses
    responses.labels(status=str(status), view=view, method=method_label(request)).inc()
