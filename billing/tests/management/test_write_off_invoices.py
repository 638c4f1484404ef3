"""Old debts given up in a batch: which ones, and what is printed."""

import json
from decimal import Decimal
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing.choices import EventKind, InvoiceStatus
from billing.models import Invoice, WriteOff
from billing.tests.management.old_debts import LONG_AGO, chosen, commit, debt, run
from patients.tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


class TestDryRun:
    def test_dry_run_shows_each_invoice_and_the_sum(self):
        first = debt("2026-02-04", patient=PatientFactory(given_name="Şule", family_name="Öztürk"))
        second = debt("2026-03-01", part_paid="40.00")

        lines = run().splitlines()

        assert lines[0].split() == ["Number", "Patient", "Due", "Days", "Remaining"]
        assert lines[1].split() == [first.reg_number, "Şule", "Öztürk", "2026-02-04", "131", "100.00"]
        assert lines[2].split()[-3:] == ["2026-03-01", "106", "60.00"]
        assert lines[2].startswith(second.reg_number)
        assert lines[-1] == "Would write off 2 invoices, 160.00 EUR. Add --commit to do it."

    @pytest.mark.parametrize("arguments", [(), ("--dry-run",), ("--reason=No reply",)])
    def test_dry_run_changes_nothing(self, arguments):
        invoice = debt()

        run(*arguments)

        assert Invoice.objects.get().version == invoice.version
        assert not WriteOff.objects.exists()
        assert not User.objects.filter(username="system").exists()

    def test_empty_selection_is_reported(self):
        assert run() == "Nothing to write off.\n"

    def test_output_fits_eighty_columns(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        debt(
            patient=PatientFactory(given_name="Maximiliane " * 6, family_name="von und zu der Heide"),
            total="9999999.99",
        )

        assert max(map(len, run().splitlines())) <= 80

    def test_names_are_printed_unchanged(self):
        debt(patient=PatientFactory(given_name="[red]Ann[/red]", family_name="[/]"))

        assert "[red]Ann[/red] [/]" in run()

    def test_json_option_prints_json_only(self):
        invoice = debt()

        output = json.loads(run("--json"))

        assert output == {
            "committed": False,
            "batch_id": None,
            "count": 1,
            "total_amount": 100.0,
            "currency": "EUR",
            "skipped": [],
            "invoices": [
                {
                    "id": str(invoice.pk),
                    "reg_number": invoice.reg_number,
                    "patient_id": str(invoice.patient_id),
                    "patient": invoice.patient.full_name,
                    "due_date": "2026-02-04",
                    "days_overdue": 131,
                    "amount": 100.0,
                }
            ],
        }


class TestSelection:
    def test_invoices_due_on_the_day_or_before_are_selected(self):
        due_then, due_before = debt("2026-03-31"), debt("2026-03-30")
        debt("2026-04-01")

        assert chosen() == [due_before, due_then]

    def test_selection_uses_the_days_of_the_clinic(self, settings):
        settings.CLINIC_TIME_ZONE = "America/New_York"
        evening = debt("2026-04-01T03:30:00")  # half past eleven at night on 31 March in New York
        debt("2026-04-01T04:30:00")

        assert chosen() == [evening]

    def test_invoice_due_before_its_issue_counts_from_its_issue(self):
        invoice = debt("2019-08-24")

        assert chosen(since="2026-01-05") == [invoice]
        assert chosen(since="2026-01-04") == []

    @pytest.mark.parametrize("state", ["paid", "void", "written_off"])
    def test_invoices_that_are_not_open_are_left_out(self, state):
        debt(**{state: True})

        assert chosen() == []

    def test_drafts_are_left_out(self):
        debt(issued=False, issue_date=LONG_AGO)

        assert chosen() == []

    def test_rest_of_a_partly_written_off_invoice_is_selected(self):
        invoice = debt(part_written_off="30.00")

        assert chosen() == [invoice]

    def test_max_remaining_limits_the_selection(self):
        small, exact = debt(part_paid="95.00"), debt(part_paid="90.00")
        debt(part_paid="89.99")

        assert set(chosen("--max-remaining=10")) == {small, exact}

    def test_patient_option_takes_id_or_record_number(self):
        invoice = debt()
        debt()

        assert chosen(f"--patient={invoice.patient_id}") == [invoice]
        assert chosen(f"--patient={invoice.patient.record_number.lower()}") == [invoice]

    def test_patient_option_includes_merged_patients_both_ways(self):
        invoice = debt()
        survivor = PatientFactory()
        PatientFactory(merged__into=survivor)
        invoice.patient.merge_into(survivor, by=User.objects.get(username="merging-supervisor"), at=timezone.now())

        assert chosen(f"--patient={survivor.record_number}") == [invoice]
        assert chosen(f"--patient={invoice.patient_id}") == [invoice]

    def test_tag_option_ignores_case(self):
        abroad, unknown = debt(tags=["Abroad"]), debt("2026-02-05", tags=["unknown", "abroad"])
        debt(tags=["family"])

        assert chosen("--tag=ABROAD") == [abroad, unknown]
        assert chosen("--tag=unknown", "--tag=nowhere") == [unknown]

    def test_limit_takes_the_oldest_first(self):
        debt("2026-03-02")
        oldest = debt("2026-01-10")

        assert chosen("--limit=1") == [oldest]

    def test_reinstated_invoices_are_left_out_by_default(self):
        invoice = debt(reinstated=True)

        assert chosen() == []
        assert chosen("--include-reinstated") == [invoice]


class TestCommit:
    def test_commit_writes_off_each_remaining_amount(self):
        whole, rest = debt(), debt(part_paid="40.00")

        commit()

        assert WriteOff.objects.get(invoice=whole).amount == Decimal("100.00")
        assert WriteOff.objects.get(invoice=rest).amount == Decimal("60.00")
        assert set(Invoice.objects.values_list("status", flat=True)) == {InvoiceStatus.WRITTEN_OFF}

    def test_history_has_user_reason_and_command(self):
        invoice = debt()

        commit()

        event = invoice.events.get(kind=EventKind.WRITTEN_OFF)
        assert (event.reason, event.created_by.username, event.client) == (
            "No reply",
            "system",
            "manage.py write_off_invoices",
        )

    def test_by_option_names_the_user(self, supervisor):
        debt()

        commit("--by=supervisor")

        assert WriteOff.objects.get().created_by == supervisor

    def test_commit_prints_the_id_of_its_batch(self):
        debt(), debt()

        printed = commit()

        (batch_id,) = set(WriteOff.objects.values_list("batch_id", flat=True))
        assert f"Batch {batch_id}." in printed.splitlines()
        assert "Wrote off 2 invoices, 200.00 EUR." in printed.splitlines()
        assert "Writing off: 2 of 2" in printed.splitlines()

    def test_json_option_prints_json_only(self):
        invoice = debt()

        output = json.loads(commit("--json"))

        assert output["committed"] is True
        assert UUID(output["batch_id"]) == WriteOff.objects.get().batch_id
        assert [row["reg_number"] for row in output["invoices"]] == [invoice.reg_number]
        assert output["total_amount"] == 100.0

    def test_second_commit_changes_nothing(self):
        debt()
        commit()
        before = Invoice.objects.values().get()

        printed = commit()

        assert printed == "Nothing to write off.\n"
        assert Invoice.objects.values().get() == before
        assert WriteOff.objects.count() == 1

    def test_next_commit_continues_after_the_limit(self):
        debt("2026-02-01"), debt("2026-02-02"), debt("2026-02-03")

        commit("--limit=2")
        commit("--limit=2")

        assert WriteOff.objects.count() == 3

    def test_options_may_be_given_by_a_program(self):
        debt()

        run(commit=True, reason="No reply", max_remaining="100.00", limit=5, tag=None)

        assert WriteOff.objects.count() == 1


class TestRefusal:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("--commit",), "--commit needs a --reason"),
            (("--commit", "--reason= "), "--commit needs a --reason"),
            (("--commit", f"--reason={'x' * 501}"), "at most 500"),
            (("--by=nobody",), "no active user “nobody”"),
            (("--patient=P-999999",), "no patient with the id or record number"),
            (("--patient=4f0e2a3c-0000-4000-8000-000000000000",), "no patient with the id or record number"),
            (("--max-remaining=-1",), "--max-remaining"),
            (("--limit=0",), "--limit"),
            (("--commit", "--dry-run"), "not allowed with"),
        ],
    )
    def test_invalid_options_are_refused_and_change_nothing(self, arguments, sentence):
        debt()

        with pytest.raises(CommandError, match=sentence):
            run(*arguments)

        assert not WriteOff.objects.exists()

    @pytest.mark.parametrize("day", ["2026-06-16", "31.3.2026", "0000-00-00"])
    def test_future_date_is_refused(self, day):
        with pytest.raises(CommandError, match="--overdue-since"):
            run(since=day)

    def test_since_today_takes_what_was_due_yesterday_and_not_what_is_due_today(self):
        debt("2026-06-15")
        yesterday = debt("2026-06-14")

        assert chosen(since="2026-06-15") == [yesterday]

    def test_date_is_required(self):
        with pytest.raises(CommandError, match="--overdue-since"):
            call_command("write_off_invoices")
