"""A locked-out login."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.utils import timezone


def lock_out(name="night-clerk", address="203.0.113.9", *, minutes_ago=1, failures=5):
    """Store failed logins of a name from an address, the last of them some minutes ago."""
    AccessAttempt.objects.filter(username=name, ip_address=address).delete()
    attempt = AccessAttempt.objects.create(
        username=name, ip_address=address, user_agent="", failures_since_start=failures
    )
    AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=timezone.now() - timedelta(minutes=minutes_ago))
    return attempt
