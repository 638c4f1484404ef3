"""Style sheets and scripts of billing that every admin page loads (settings.UNFOLD)."""

from django.http import HttpRequest
from django.templatetags.static import static


def dialogs_style(_request: HttpRequest) -> str:
    """Return the URL of the style sheet of the action dialogs."""
    return static("billing/dialogs.css")


def dialogs_script(_request: HttpRequest) -> str:
    """Return the URL of the script of the action dialogs."""
    return static("billing/dialogs.js")


def shortcuts_script(_request: HttpRequest) -> str:
    """Return the URL of the script of the keyboard shortcuts."""
    return static("billing/shortcuts.js")
