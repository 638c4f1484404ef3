"""`manage.py work`: run the jobs that left the request: exports, checks, actions on many invoices."""

import gc
import os
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from clinic.commands import ClinicCommand, Outcome
from clinic.jobs.kinds import KINDS
from clinic.jobs.worker import Worker


class Command(ClinicCommand):
    help = (
        "Run jobs, such as exports and checks, until SIGTERM. Several workers may run at once, on any machine. "
        "A job that cannot end within seconds goes back into the queue."
    )

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Run the jobs that are due now, then end.")
        parser.add_argument("--with-parent", action="store_true", help="End when the process that started it ends.")
        parser.add_argument("--kinds", default="", metavar="KIND,…", help="Run jobs of these kinds only.")

    def run(self, options: Mapping[str, Any]) -> Outcome | None:
        kinds = [kind.strip() for kind in options["kinds"].split(",") if kind.strip()]
        if unknown := sorted(set(kinds) - set(KINDS)):
            raise CommandError(f"--kinds: unknown: {', '.join(unknown)}. Known: {', '.join(sorted(KINDS))}.")
        worker = Worker(kinds=kinds or None, parent=os.getppid() if options["with_parent"] else None)
        worker.stop_at_signal()
        gc.collect()
        gc.freeze()  # loaded modules stay for ever: looking at them again costs an export a seventh of its time
        with worker.renewing():
            if not options["once"]:
                worker.run()
                return None
            count = worker.run_due()
        return Outcome(f"{count} jobs were run.", {"jobs": count})
