"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Billing"

    def ready(self) -> None:
        """Register the checks that compare the books with the settings."""
        from billing import checks  # noqa: F401  # importing registers them
