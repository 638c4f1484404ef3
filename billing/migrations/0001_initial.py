"""Invoices, the ledger, and the triggers that protect both."""

import uuid
from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import clinic.db.fields
from clinic.db.sql_files import RunSQLFile


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("patients", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created at"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="updated at"),
                ),
                ("name", models.CharField(max_length=50, verbose_name="name")),
                ("key", models.CharField(editable=False, max_length=150, unique=True)),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["key", "pk"],
            },
        ),
        migrations.CreateModel(
            name="BooksClosing",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_index=True, editable=False, verbose_name="created at")),
                ("client", models.CharField(blank=True, editable=False, max_length=150, verbose_name="client")),
                ("request_id", models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id")),
                ("closed_through", models.DateField(unique=True, verbose_name="closed through")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
            ],
            options={
                "verbose_name": "closing of the books",
                "verbose_name_plural": "closings of the books",
                "ordering": ["-closed_through"],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created at"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="updated at"),
                ),
                (
                    "reg_number",
                    models.CharField(editable=False, max_length=30, unique=True, verbose_name="invoice number"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("ISSUED", "Issued"),
                            ("PARTIALY_PAID", "Partially paid"),
                            ("PAID", "Paid"),
                            ("VOID", "Void"),
                            ("WRITTEN_OFF", "Written off"),
                        ],
                        default="DRAFT",
                        editable=False,
                        max_length=13,
                        verbose_name="status",
                    ),
                ),
                ("issue_date", models.DateTimeField(blank=True, null=True, verbose_name="issue date")),
                ("due_date", models.DateTimeField(blank=True, null=True, verbose_name="due date")),
                (
                    "bill_to_name",
                    models.CharField(
                        blank=True,
                        help_text="The payer, if not the patient.",
                        max_length=250,
                        verbose_name="bill to name",
                    ),
                ),
                ("bill_to_address", models.TextField(blank=True, max_length=500, verbose_name="bill to address")),
                (
                    "discount_amount",
                    clinic.db.fields.MoneyField(blank=True, default=Decimal("0.00"), verbose_name="discount amount"),
                ),
                (
                    "discount_percent",
                    clinic.db.fields.RateField(blank=True, default=Decimal("0.0000"), verbose_name="discount percent"),
                ),
                (
                    "notes",
                    models.TextField(
                        blank=True, help_text="Printed on the invoice.", max_length=5000, verbose_name="notes"
                    ),
                ),
                (
                    "internal_note",
                    models.TextField(
                        blank=True,
                        help_text="Never printed, never in the API.",
                        max_length=5000,
                        verbose_name="internal note",
                    ),
                ),
                (
                    "particulars",
                    models.JSONField(
                        blank=True, default=dict, editable=False, help_text="Patient and clinic as they were at issue."
                    ),
                ),
                ("currency", models.CharField(editable=False, max_length=3, verbose_name="currency")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "subtotal",
                    clinic.db.fields.MoneyField(default=Decimal("0.00"), editable=False, verbose_name="subtotal"),
                ),
                (
                    "discount_total",
                    clinic.db.fields.MoneyField(default=Decimal("0.00"), editable=False, verbose_name="discount total"),
                ),
                ("taxes", models.JSONField(blank=True, default=list, editable=False)),
                (
                    "tax_amount",
                    clinic.db.fields.MoneyField(default=Decimal("0.00"), editable=False, verbose_name="tax amount"),
                ),
                (
                    "total_amount",
                    clinic.db.fields.MoneyField(default=Decimal("0.00"), editable=False, verbose_name="total amount"),
                ),
                (
                    "paid_amount",
                    clinic.db.fields.MoneyField(default=Decimal("0.00"), editable=False, verbose_name="paid amount"),
                ),
                (
                    "credited_amount",
                    clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="credited amount"
                    ),
                ),
                (
                    "written_off_amount",
                    clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="written-off amount"
                    ),
                ),
                (
                    "remaining_amount",
                    clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="remaining amount"
                    ),
                ),
                ("search_text", models.TextField(blank=True, editable=False)),
                (
                    "appointment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="patients.appointment",
                        verbose_name="appointment",
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="billing.invoice",
                        verbose_name="corrects",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "tags",
                    models.ManyToManyField(blank=True, related_name="invoices", to="billing.tag", verbose_name="tags"),
                ),
                (
                    "wire_document",
                    models.TextField(
                        blank=True,
                        editable=False,
                        help_text="The stored representation (JSON) that the API returns.",
                        null=True,
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
                "ordering": ["created_at", "pk"],
                "permissions": [
                    ("backdate_invoice", "Can issue with a date further back than BACKDATE_DAYS"),
                    ("issue_invoice", "Can issue"),
                    ("void_invoice", "Can void on the day of issue, while nothing is paid"),
                    ("void_any_invoice", "Can void on a later day, or with money on it"),
                    ("discount_any_invoice", "Can discount by more than a fifth of the gross"),
                    ("correct_invoice", "Can correct by a credit note and a new draft"),
                    ("write_off_invoice", "Can write off"),
                    ("reinstate_invoice", "Can reinstate"),
                ],
                "indexes": [
                    models.Index(fields=["created_at", "id"], name="invoice_by_creation"),
                    models.Index(fields=["patient", "created_at", "id"], name="invoice_by_patient"),
                    models.Index(fields=["status", "created_at", "id"], name="invoice_by_status"),
                    models.Index(fields=["status", "due_date", "id"], name="invoice_by_due_date"),
                    models.Index(
                        condition=models.Q(("status__in", ("ISSUED", "PARTIALY_PAID"))),
                        fields=[
                            "due_date",
                            "issue_date",
                            "remaining_amount",
                            "patient",
                            "status",
                            "total_amount",
                            "paid_amount",
                            "id",
                        ],
                        name="invoice_open",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ("DRAFT", "VOID")), _negated=True),
                        fields=["issue_date", "total_amount", "status"],
                        name="invoice_billed",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subtotal__gte", Decimal("-9999999999.99")),
                            ("subtotal__lte", Decimal("9999999999.99")),
                            ("discount_amount__gte", Decimal("-9999999999.99")),
                            ("discount_amount__lte", Decimal("9999999999.99")),
                            ("discount_total__gte", Decimal("-9999999999.99")),
                            ("discount_total__lte", Decimal("9999999999.99")),
                            ("tax_amount__gte", Decimal("-9999999999.99")),
                            ("tax_amount__lte", Decimal("9999999999.99")),
                            ("total_amount__gte", Decimal("-9999999999.99")),
                            ("total_amount__lte", Decimal("9999999999.99")),
                            ("paid_amount__gte", Decimal("-9999999999.99")),
                            ("paid_amount__lte", Decimal("9999999999.99")),
                            ("credited_amount__gte", Decimal("-9999999999.99")),
                            ("credited_amount__lte", Decimal("9999999999.99")),
                            ("written_off_amount__gte", Decimal("-9999999999.99")),
                            ("written_off_amount__lte", Decimal("9999999999.99")),
                            ("remaining_amount__gte", Decimal("-9999999999.99")),
                            ("remaining_amount__lte", Decimal("9999999999.99")),
                        ),
                        name="invoice_amount_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("credited_amount__gte", 0),
                            ("discount_amount__gte", 0),
                            ("discount_total__gte", 0),
                            ("paid_amount__gte", 0),
                            ("remaining_amount__gte", 0),
                            ("subtotal__gte", 0),
                            ("tax_amount__gte", 0),
                            ("total_amount__gte", 0),
                            ("written_off_amount__gte", 0),
                        ),
                        name="invoice_amounts_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount_percent__gte", 0), ("discount_percent__lte", 100)),
                        name="invoice_discount_percent_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total_amount",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("subtotal"), "-", models.F("discount_total")
                                    ),
                                    "+",
                                    models.F("tax_amount"),
                                ),
                            )
                        ),
                        name="invoice_totals_tie_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "paid_amount__lte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("total_amount"), "-", models.F("credited_amount")
                                    ),
                                    "-",
                                    models.F("written_off_amount"),
                                ),
                            )
                        ),
                        name="invoice_paid_within_total",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("remaining_amount", 0), ("status", "VOID")),
                            models.Q(
                                models.Q(("status", "VOID"), _negated=True),
                                (
                                    "remaining_amount",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("total_amount"), "-", models.F("paid_amount")
                                            ),
                                            "-",
                                            models.F("credited_amount"),
                                        ),
                                        "-",
                                        models.F("written_off_amount"),
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_remaining_ties_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("credited_amount", 0), ("status", "DRAFT"), ("written_off_amount", 0)),
                            models.Q(("paid_amount", 0), ("remaining_amount__gt", 0), ("status", "ISSUED")),
                            models.Q(("paid_amount__gt", 0), ("remaining_amount__gt", 0), ("status", "PARTIALY_PAID")),
                            models.Q(("remaining_amount", 0), ("status", "PAID"), ("written_off_amount", 0)),
                            models.Q(
                                ("credited_amount", 0),
                                ("paid_amount", 0),
                                ("status", "VOID"),
                                ("written_off_amount", 0),
                            ),
                            models.Q(("remaining_amount", 0), ("status", "WRITTEN_OFF"), ("written_off_amount__gt", 0)),
                            _connector="OR",
                        ),
                        name="invoice_status_follows_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reg_number__startswith", "DRAFT-"), ("status", "DRAFT")),
                            ("status", "VOID"),
                            models.Q(
                                models.Q(("status__in", ["DRAFT", "VOID"]), _negated=True),
                                ("due_date__isnull", False),
                                ("issue_date__isnull", False),
                                ("reg_number__startswith", "INV-"),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_number_once_issued",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_index=True, editable=False, verbose_name="created at")),
                ("client", models.CharField(blank=True, editable=False, max_length=150, verbose_name="client")),
                ("request_id", models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id")),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="number")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("tax_amount", clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="tax amount")),
                ("total_amount", clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="total amount")),
                ("currency", models.CharField(editable=False, max_length=3, verbose_name="currency")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "credit note",
                "verbose_name_plural": "credit notes",
                "ordering": ["created_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tax_amount__gte", 0),
                            ("tax_amount__lte", models.F("total_amount")),
                            ("total_amount__gt", 0),
                            ("total_amount__gte", Decimal("-9999999999.99")),
                            ("total_amount__lte", Decimal("9999999999.99")),
                        ),
                        name="credit_note_amount_bounds",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceEvent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_index=True, editable=False, verbose_name="created at")),
                ("client", models.CharField(blank=True, editable=False, max_length=150, verbose_name="client")),
                ("request_id", models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("updated", "Updated"),
                            ("issued", "Issued"),
                            ("voided", "Voided"),
                            ("paid", "Payment taken"),
                            ("refunded", "Refunded"),
                            ("reversed", "Payment reversed"),
                            ("allocated", "Credit allocated"),
                            ("written_off", "Written off"),
                            ("reinstated", "Reinstated"),
                            ("credit_note", "Credit note"),
                            ("corrected", "Corrected"),
                            ("tagged", "Tags changed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("ISSUED", "Issued"),
                            ("PARTIALY_PAID", "Partially paid"),
                            ("PAID", "Paid"),
                            ("VOID", "Void"),
                            ("WRITTEN_OFF", "Written off"),
                        ],
                        max_length=13,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("changes", models.JSONField(blank=True, default=dict, help_text="Field: [from, to].")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice event",
                "verbose_name_plural": "invoice events",
                "ordering": ["created_at", "version", "pk"],
                "indexes": [models.Index(fields=["invoice", "version"], name="invoice_event_by_version")],
            },
        ),
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "document",
                    models.CharField(
                        choices=[("INV", "Invoice"), ("CN", "Credit note"), ("REC", "Receipt")],
                        max_length=3,
                        verbose_name="document",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("last_number", models.PositiveIntegerField(default=0, verbose_name="last number")),
            ],
            options={
                "verbose_name": "number series",
                "verbose_name_plural": "number series",
                "constraints": [models.UniqueConstraint(fields=("document", "year"), name="number_series_unique")],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_index=True, editable=False, verbose_name="created at")),
                ("client", models.CharField(blank=True, editable=False, max_length=150, verbose_name="client")),
                ("request_id", models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id")),
                ("receipt_number", models.CharField(max_length=30, unique=True, verbose_name="receipt number")),
                ("amount", clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="amount")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("cash", "Cash"),
                            ("card", "Card"),
                            ("transfer", "Bank transfer"),
                            ("cheque", "Cheque"),
                            ("insurance", "Insurance"),
                            ("other", "Other"),
                            ("unspecified", "Unspecified"),
                        ],
                        max_length=11,
                        verbose_name="method",
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=100, verbose_name="reference")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                (
                    "tendered",
                    clinic.db.fields.MoneyField(
                        blank=True,
                        help_text="Cash received, before change is given.",
                        null=True,
                        verbose_name="tendered",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="The reason for the reversal.", max_length=500, verbose_name="reason"
                    ),
                ),
                ("currency", models.CharField(editable=False, max_length=3, verbose_name="currency")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="billing.payment",
                        verbose_name="reverses",
                    ),
                ),
                (
                    "excess_amount",
                    clinic.db.fields.MoneyField(
                        db_default=Decimal("0.00"),
                        default=Decimal("0.00"),
                        editable=False,
                        help_text="What no invoice took of it when it came.",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "ordering": ["-received_at", "pk"],
                "permissions": [
                    ("reverse_own_payment", "Can reverse a payment that they entered the same day"),
                    ("reverse_payment", "Can reverse a payment that somebody else entered, or of another day"),
                ],
                "indexes": [
                    models.Index(fields=["patient", "received_at"], name="payment_by_patient"),
                    models.Index(fields=["received_at", "amount"], name="payment_by_day"),
                    models.Index(
                        condition=models.Q(("excess_amount__gt", 0)),
                        fields=["excess_amount"],
                        name="payment_with_excess",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gte", Decimal("-9999999999.99")), ("amount__lte", Decimal("9999999999.99"))
                        ),
                        name="payment_amount_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("reverses__isnull", True)),
                            models.Q(("amount__lt", 0), ("reverses__isnull", False)),
                            _connector="OR",
                        ),
                        name="payment_positive_unless_reversal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tendered__isnull", True),
                            models.Q(("reverses__isnull", True), ("tendered__gte", models.F("amount"))),
                            _connector="OR",
                        ),
                        name="payment_tendered_covers_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("excess_amount", 0),
                            models.Q(("excess_amount__gt", 0), ("excess_amount__lte", models.F("amount"))),
                            _connector="OR",
                        ),
                        name="payment_excess_within_amount",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_index=True, editable=False, verbose_name="created at")),
                ("client", models.CharField(blank=True, editable=False, max_length=150, verbose_name="client")),
                ("request_id", models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id")),
                ("amount", clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="amount")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("cash", "Cash"),
                            ("card", "Card"),
                            ("transfer", "Bank transfer"),
                            ("cheque", "Cheque"),
                            ("insurance", "Insurance"),
                            ("other", "Other"),
                            ("unspecified", "Unspecified"),
                        ],
                        max_length=11,
                        verbose_name="method",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("reference", models.CharField(blank=True, max_length=100, verbose_name="reference")),
                ("currency", models.CharField(editable=False, max_length=3, verbose_name="currency")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "refund",
                "verbose_name_plural": "refunds",
                "ordering": ["-created_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gt", 0),
                            ("amount__gte", Decimal("-9999999999.99")),
                            ("amount__lte", Decimal("9999999999.99")),
                        ),
                        name="refund_amount_bounds",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentAllocation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_index=True, editable=False, verbose_name="created at")),
                ("client", models.CharField(blank=True, editable=False, max_length=150, verbose_name="client")),
                ("request_id", models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id")),
                ("amount", clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="amount")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "credit_note",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="released",
                        to="billing.creditnote",
                        verbose_name="credit note",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.payment",
                        verbose_name="payment",
                    ),
                ),
                (
                    "reversal",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="released",
                        to="billing.payment",
                        verbose_name="reversal",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.refund",
                        verbose_name="refund",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment allocation",
                "verbose_name_plural": "payment allocations",
                "ordering": ["created_at", "pk"],
                "indexes": [
                    models.Index(condition=models.Q(("amount__lt", 0)), fields=["payment"], name="allocation_released")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gte", Decimal("-9999999999.99")),
                            ("amount__lte", Decimal("9999999999.99")),
                            models.Q(("amount", 0), _negated=True),
                        ),
                        name="allocation_amount_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("invoice__isnull", False),
                            models.Q(("amount__gt", 0), ("refund__isnull", False)),
                            _connector="OR",
                        ),
                        name="allocation_to_invoice_or_refund",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created at"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="updated at"),
                ),
                ("code", models.CharField(max_length=50, unique=True, verbose_name="code")),
                ("description", models.CharField(max_length=500, verbose_name="description")),
                ("category", models.CharField(blank=True, max_length=100, verbose_name="category")),
                (
                    "unit_price",
                    clinic.db.fields.RateField(
                        help_text="Per unit, with up to four decimal places, in the clinic's currency.",
                        verbose_name="unit price",
                    ),
                ),
                (
                    "tax_rate",
                    clinic.db.fields.RateField(
                        default=Decimal("0.0000"),
                        help_text="In percent; 0 for tax-exempt health care.",
                        verbose_name="tax rate",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("search_text", models.TextField(blank=True, editable=False)),
            ],
            options={
                "verbose_name": "service",
                "verbose_name_plural": "services",
                "ordering": ["code", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0), ("unit_price__lte", Decimal("9999999999.99"))),
                        name="service_unit_price_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_rate__gte", 0), ("tax_rate__lte", 100)), name="service_tax_rate_bounds"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceItem",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("position", models.PositiveIntegerField(default=0)),
                ("code", models.CharField(blank=True, max_length=50, verbose_name="code")),
                ("description", models.CharField(max_length=500, verbose_name="description")),
                ("quantity", clinic.db.fields.QuantityField(default=Decimal("1.000"), verbose_name="quantity")),
                ("unit_price", clinic.db.fields.RateField(verbose_name="unit price")),
                (
                    "discount_amount",
                    clinic.db.fields.MoneyField(blank=True, default=Decimal("0.00"), verbose_name="discount amount"),
                ),
                (
                    "discount_percent",
                    clinic.db.fields.RateField(blank=True, default=Decimal("0.0000"), verbose_name="discount percent"),
                ),
                (
                    "tax_rate",
                    clinic.db.fields.RateField(blank=True, default=Decimal("0.0000"), verbose_name="tax rate"),
                ),
                ("service_date", models.DateField(blank=True, null=True, verbose_name="service date")),
                (
                    "line_total",
                    clinic.db.fields.MoneyField(default=Decimal("0.00"), editable=False, verbose_name="line total"),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "item",
                "verbose_name_plural": "items",
                "ordering": ["position", "pk"],
                "indexes": [models.Index(fields=["invoice", "position"], name="item_by_position")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0), ("quantity__lte", Decimal("999999.999"))),
                        name="item_quantity_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0), ("unit_price__lte", Decimal("9999999999.99"))),
                        name="item_unit_price_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount_percent__gte", 0), ("discount_percent__lte", 100)),
                        name="item_discount_percent_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_rate__gte", 0), ("tax_rate__lte", 100)), name="item_tax_rate_bounds"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_amount__gte", 0),
                            ("line_total__gte", 0),
                            ("discount_amount__gte", Decimal("-9999999999.99")),
                            ("discount_amount__lte", Decimal("9999999999.99")),
                            ("line_total__gte", Decimal("-9999999999.99")),
                            ("line_total__lte", Decimal("9999999999.99")),
                        ),
                        name="item_amount_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditNoteLine",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_index=True, editable=False, verbose_name="created at")),
                ("client", models.CharField(blank=True, editable=False, max_length=150, verbose_name="client")),
                ("request_id", models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id")),
                ("quantity", clinic.db.fields.QuantityField(blank=True, null=True, verbose_name="quantity")),
                ("tax_amount", clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="tax amount")),
                ("total_amount", clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="total amount")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "credit_note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="billing.creditnote",
                        verbose_name="credit note",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credited",
                        to="billing.invoiceitem",
                        verbose_name="item",
                    ),
                ),
            ],
            options={
                "verbose_name": "credit note line",
                "verbose_name_plural": "credit note lines",
                "ordering": ["item__position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tax_amount__gte", 0),
                            ("tax_amount__lte", models.F("total_amount")),
                            ("total_amount__gte", 0),
                            ("total_amount__gte", Decimal("-9999999999.99")),
                            ("total_amount__lte", Decimal("9999999999.99")),
                        ),
                        name="credit_note_line_amount_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__isnull", True), ("quantity__gt", 0), _connector="OR"),
                        name="credit_note_line_quantity_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_index=True, editable=False, verbose_name="created at")),
                ("client", models.CharField(blank=True, editable=False, max_length=150, verbose_name="client")),
                ("request_id", models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id")),
                ("amount", clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="amount")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("batch_id", models.UUIDField(blank=True, db_index=True, null=True, verbose_name="batch id")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="write_offs",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "reverses",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="billing.writeoff",
                        verbose_name="reverses",
                    ),
                ),
            ],
            options={
                "verbose_name": "write-off",
                "verbose_name_plural": "write-offs",
                "ordering": ["created_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gte", Decimal("-9999999999.99")), ("amount__lte", Decimal("9999999999.99"))
                        ),
                        name="write_off_amount_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("reverses__isnull", True)),
                            models.Q(("amount__lt", 0), ("reverses__isnull", False)),
                            _connector="OR",
                        ),
                        name="write_off_positive_unless_reversal",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckedInvoice",
            fields=[
                ("invoice_id", models.UUIDField(primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        RunSQLFile("0001_create_search_index", "0001_drop_search_index"),
        RunSQLFile("0001_create_receipt_sequence", "0001_drop_receipt_sequence"),
        RunSQLFile("0001_create_triggers", "0001_drop_triggers"),
    ]
