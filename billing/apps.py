"""The billing app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        """Register the checks that compare the books with the settings, and the warnings about appointments."""
        from billing import checks  # noqa: F401  # importing registers them
        from billing.reports import appointments  # noqa: F401
