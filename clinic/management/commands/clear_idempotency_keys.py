"""`manage.py clear_idempotency_keys`: delete the idempotency keys that are expired."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from clinic.commands import DryRunCommand, Outcome, parse_count_option
from clinic.models import IDEMPOTENCY_KEY_LIFETIME, IdempotencyKey

HOUR = timedelta(hours=1)


class Command(DryRunCommand):
    help = (
        f"Remove idempotency keys older than {IDEMPOTENCY_KEY_LIFETIME // HOUR} hours. "
        "Those of requests that moved money are kept permanently. "
        "Only reports what it would do, unless --commit is given."
    )

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--batch", default=1000, metavar="N", help="Number of keys to remove at a time (default: 1000)."
        )

    def run(self, options: Mapping[str, Any]) -> Outcome:
        at, batch = timezone.now(), parse_count_option(options["batch"], "--batch")
        expired, kept = IdempotencyKey.objects.expired(at=at).count(), IdempotencyKey.objects.count()
        facts = {"committed": bool(options["commit"]), "expired": expired, "kept": kept - expired}
        if not options["commit"]:
            summary = f"Would remove {expired} of {kept} keys. Nothing was changed; add --commit to do it."
            return Outcome(summary, facts)
        removed = sum(self._removed(at, batch))
        return Outcome(f"Removed {removed} of {kept} keys.", facts | {"removed": removed})

    def _removed(self, at: datetime, batch: int) -> Iterator[int]:
        """Delete the keys in short steps, so that no request waits, and yield how many each step deleted."""
        keys = IdempotencyKey.objects.order_by("created_at", "pk")
        while step := list(keys.expired(at=at).values_list("pk", flat=True)[:batch]):
            yield keys.filter(pk__in=step).expired(at=at).delete()[0]
