"""Type of texts that may be translated only when they are displayed."""

from django.utils.functional import Promise

LazyText = str | Promise
