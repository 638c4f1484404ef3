"""Theme configuration of the admin (settings.UNFOLD): name, logo, colours. The theme calls these for every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext as _

# Petrol. White text on 600, 600 as text on light and 500 as text on dark backgrounds have a contrast of at least 4.5:1.
PRIMARY = {
    "50": "#effcfa",
    "100": "#d0f5ef",
    "200": "#a3ebe1",
    "300": "#6cd9cd",
    "400": "#46c8bb",
    "500": "#35bdb1",
    "600": "#0b6b66",
    "700": "#0a5753",
    "800": "#0b4643",
    "900": "#0c3b38",
    "950": "#032322",
}
FONT = {
    "subtle-light": "var(--color-base-600)",
    "subtle-dark": "var(--color-base-400)",
    "default-light": "var(--color-base-700)",
    "default-dark": "var(--color-base-300)",
    "important-light": "var(--color-base-900)",
    "important-dark": "var(--color-base-100)",
}
BASE = {
    "50": "#f8fafb",
    "100": "#f1f4f6",
    "200": "#e2e7eb",
    "300": "#cbd3da",
    "400": "#97a3af",
    "500": "#66727f",
    "600": "#4a5560",
    "700": "#36404a",
    "800": "#232b33",
    "900": "#151b21",
    "950": "#0c1014",
}


def colours(_request: HttpRequest) -> dict[str, dict[str, str]]:
    """Return copies of the theme's colour scales, because the theme changes them."""
    return {"base": dict(BASE), "primary": dict(PRIMARY), "font": dict(FONT)}


def clinic_name(_request: HttpRequest) -> str:
    return str(settings.CLINIC_NAME)


def logo(_request: HttpRequest) -> str:
    return static("clinic/logo.svg")


def favicons(_request: HttpRequest) -> list[dict[str, Any]]:
    return [{"rel": "icon", "type": "image/svg+xml", "href": static("clinic/logo.svg")}]


def style_sheet(_request: HttpRequest) -> str:
    return static("clinic/admin.css")


def lists_style_sheet(_request: HttpRequest) -> str:
    return static("clinic/lists.css")


def script(_request: HttpRequest) -> str:
    return static("clinic/admin.js")


def search_script(_request: HttpRequest) -> str:
    """Return the URL of the script of the search (Ctrl+K)."""
    return static("clinic/search.js")


def environment(_request: HttpRequest) -> list[str] | None:
    """Return the label that pages of a demo installation show at the top."""
    return [_("Demo"), "warning"] if settings.CLINIC_DEMO else None
