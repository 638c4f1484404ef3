"""The version of each invoice that check_books last found consistent."""

from django.db import models


class CheckedInvoice(models.Model):
    """An invoice's version at its last check without findings: a daily check skips invoices that still have it.

    Written by `check_books` alone. There is no foreign key, so that an invoice that is gone is found.
    """

    invoice_id = models.UUIDField(primary_key=True)
    version = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.invoice_id}, version {self.version}"
