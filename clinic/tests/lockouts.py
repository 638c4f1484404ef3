"""Somebody who guessed too often."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.utils import timezone


def shut_out(name="night-desk", place="203.0.113.9", *, minutes_ago=1, failures=5):
    """The failures of a name from an address, the last of them so many minutes ago."""
    AccessAttempt.objects.filter(username=name, ip_address=place).delete()
    attempt = AccessAttempt.objects.create(
        username=name, ip_address=place, user_agent="", failures_since_start=failures
    )
    AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=timezone.now() - timedelta(minutes=minutes_ago))
    return attempt
