"""What people read for models and fields: names and help texts. The state alone; no table is touched."""

from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import clinic.db.fields


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_index_of_words"),
        ("patients", "0004_words_for_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelOptions(
                    name="booksclosing",
                    options={
                        "ordering": ["-closed_through"],
                        "verbose_name": "closing of the books",
                        "verbose_name_plural": "closings of the books",
                    },
                ),
                migrations.AlterModelOptions(
                    name="creditnote",
                    options={
                        "ordering": ["created_at", "pk"],
                        "verbose_name": "credit note",
                        "verbose_name_plural": "credit notes",
                    },
                ),
                migrations.AlterModelOptions(
                    name="creditnoteline",
                    options={
                        "ordering": ["item__position", "pk"],
                        "verbose_name": "line of a credit note",
                        "verbose_name_plural": "lines of credit notes",
                    },
                ),
                migrations.AlterModelOptions(
                    name="invoice",
                    options={
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
                        "verbose_name": "invoice",
                        "verbose_name_plural": "invoices",
                    },
                ),
                migrations.AlterModelOptions(
                    name="invoiceevent",
                    options={
                        "ordering": ["created_at", "version", "pk"],
                        "verbose_name": "event of an invoice",
                        "verbose_name_plural": "events of invoices",
                    },
                ),
                migrations.AlterModelOptions(
                    name="invoiceitem",
                    options={"ordering": ["position", "pk"], "verbose_name": "item", "verbose_name_plural": "items"},
                ),
                migrations.AlterModelOptions(
                    name="numberseries",
                    options={"verbose_name": "number series", "verbose_name_plural": "number series"},
                ),
                migrations.AlterModelOptions(
                    name="payment",
                    options={
                        "ordering": ["-received_at", "pk"],
                        "permissions": [
                            ("reverse_own_payment", "Can reverse a payment that they entered the same day"),
                            ("reverse_payment", "Can reverse a payment that somebody else entered, or of another day"),
                        ],
                        "verbose_name": "payment",
                        "verbose_name_plural": "payments",
                    },
                ),
                migrations.AlterModelOptions(
                    name="paymentallocation",
                    options={
                        "ordering": ["created_at", "pk"],
                        "verbose_name": "allocation of a payment",
                        "verbose_name_plural": "allocations of payments",
                    },
                ),
                migrations.AlterModelOptions(
                    name="refund",
                    options={
                        "ordering": ["-created_at", "pk"],
                        "verbose_name": "refund",
                        "verbose_name_plural": "refunds",
                    },
                ),
                migrations.AlterModelOptions(
                    name="service",
                    options={"ordering": ["code", "pk"], "verbose_name": "service", "verbose_name_plural": "services"},
                ),
                migrations.AlterModelOptions(
                    name="tag",
                    options={"ordering": ["key", "pk"], "verbose_name": "tag", "verbose_name_plural": "tags"},
                ),
                migrations.AlterModelOptions(
                    name="writeoff",
                    options={
                        "ordering": ["created_at", "pk"],
                        "verbose_name": "write-off",
                        "verbose_name_plural": "write-offs",
                    },
                ),
                migrations.AlterField(
                    model_name="booksclosing",
                    name="client",
                    field=models.CharField(blank=True, editable=False, max_length=150, verbose_name="client"),
                ),
                migrations.AlterField(
                    model_name="booksclosing",
                    name="closed_through",
                    field=models.DateField(unique=True, verbose_name="closed through"),
                ),
                migrations.AlterField(
                    model_name="booksclosing",
                    name="created_at",
                    field=models.DateTimeField(db_index=True, editable=False, verbose_name="created at"),
                ),
                migrations.AlterField(
                    model_name="booksclosing",
                    name="created_by",
                    field=models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                migrations.AlterField(
                    model_name="booksclosing",
                    name="reason",
                    field=models.CharField(max_length=500, verbose_name="reason"),
                ),
                migrations.AlterField(
                    model_name="booksclosing",
                    name="request_id",
                    field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id"),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="client",
                    field=models.CharField(blank=True, editable=False, max_length=150, verbose_name="client"),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="created_at",
                    field=models.DateTimeField(db_index=True, editable=False, verbose_name="created at"),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="created_by",
                    field=models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="currency",
                    field=models.CharField(editable=False, max_length=3, verbose_name="currency"),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="invoice",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="number",
                    field=models.CharField(max_length=30, unique=True, verbose_name="number"),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="reason",
                    field=models.CharField(max_length=500, verbose_name="reason"),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="request_id",
                    field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id"),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="tax_amount",
                    field=clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="tax amount"),
                ),
                migrations.AlterField(
                    model_name="creditnote",
                    name="total_amount",
                    field=clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="total amount"),
                ),
                migrations.AlterField(
                    model_name="creditnoteline",
                    name="client",
                    field=models.CharField(blank=True, editable=False, max_length=150, verbose_name="client"),
                ),
                migrations.AlterField(
                    model_name="creditnoteline",
                    name="created_at",
                    field=models.DateTimeField(db_index=True, editable=False, verbose_name="created at"),
                ),
                migrations.AlterField(
                    model_name="creditnoteline",
                    name="created_by",
                    field=models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                migrations.AlterField(
                    model_name="creditnoteline",
                    name="credit_note",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="billing.creditnote",
                        verbose_name="credit note",
                    ),
                ),
                migrations.AlterField(
                    model_name="creditnoteline",
                    name="item",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credited",
                        to="billing.invoiceitem",
                        verbose_name="item",
                    ),
                ),
                migrations.AlterField(
                    model_name="creditnoteline",
                    name="quantity",
                    field=clinic.db.fields.QuantityField(blank=True, null=True, verbose_name="quantity"),
                ),
                migrations.AlterField(
                    model_name="creditnoteline",
                    name="request_id",
                    field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id"),
                ),
                migrations.AlterField(
                    model_name="creditnoteline",
                    name="tax_amount",
                    field=clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="tax amount"),
                ),
                migrations.AlterField(
                    model_name="creditnoteline",
                    name="total_amount",
                    field=clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="total amount"),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="appointment",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="patients.appointment",
                        verbose_name="appointment",
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="bill_to_address",
                    field=models.TextField(blank=True, max_length=500, verbose_name="bill to address"),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="bill_to_name",
                    field=models.CharField(
                        blank=True,
                        help_text="Who pays; empty: the patient.",
                        max_length=250,
                        verbose_name="bill to name",
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="corrects",
                    field=models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="billing.invoice",
                        verbose_name="corrects",
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="created_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="credited_amount",
                    field=clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="credited amount"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="currency",
                    field=models.CharField(editable=False, max_length=3, verbose_name="currency"),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="discount_amount",
                    field=clinic.db.fields.MoneyField(
                        blank=True, default=Decimal("0.00"), verbose_name="discount amount"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="discount_percent",
                    field=clinic.db.fields.RateField(
                        blank=True, default=Decimal("0.0000"), verbose_name="discount percent"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="discount_total",
                    field=clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="discount total"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="due_date",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="due date"),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="internal_note",
                    field=models.TextField(
                        blank=True,
                        help_text="Never printed, never in the API.",
                        max_length=5000,
                        verbose_name="internal note",
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="issue_date",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="issue date"),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="notes",
                    field=models.TextField(
                        blank=True, help_text="Printed: the patient reads it.", max_length=5000, verbose_name="notes"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="paid_amount",
                    field=clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="paid amount"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="patient",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="reg_number",
                    field=models.CharField(editable=False, max_length=30, unique=True, verbose_name="reg number"),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="remaining_amount",
                    field=clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="remaining amount"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="status",
                    field=models.CharField(
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
                migrations.AlterField(
                    model_name="invoice",
                    name="subtotal",
                    field=clinic.db.fields.MoneyField(default=Decimal("0.00"), editable=False, verbose_name="subtotal"),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="tags",
                    field=models.ManyToManyField(
                        blank=True, related_name="invoices", to="billing.tag", verbose_name="tags"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="tax_amount",
                    field=clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="tax amount"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="total_amount",
                    field=clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="total amount"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="updated_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="updated at"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="version",
                    field=models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                migrations.AlterField(
                    model_name="invoice",
                    name="written_off_amount",
                    field=clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="written off amount"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoiceevent",
                    name="client",
                    field=models.CharField(blank=True, editable=False, max_length=150, verbose_name="client"),
                ),
                migrations.AlterField(
                    model_name="invoiceevent",
                    name="created_at",
                    field=models.DateTimeField(db_index=True, editable=False, verbose_name="created at"),
                ),
                migrations.AlterField(
                    model_name="invoiceevent",
                    name="created_by",
                    field=models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                migrations.AlterField(
                    model_name="invoiceevent",
                    name="request_id",
                    field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id"),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="code",
                    field=models.CharField(blank=True, max_length=50, verbose_name="code"),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="description",
                    field=models.CharField(max_length=500, verbose_name="description"),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="discount_amount",
                    field=clinic.db.fields.MoneyField(
                        blank=True, default=Decimal("0.00"), verbose_name="discount amount"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="discount_percent",
                    field=clinic.db.fields.RateField(
                        blank=True, default=Decimal("0.0000"), verbose_name="discount percent"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="invoice",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="line_total",
                    field=clinic.db.fields.MoneyField(
                        default=Decimal("0.00"), editable=False, verbose_name="line total"
                    ),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="quantity",
                    field=clinic.db.fields.QuantityField(default=Decimal("1.000"), verbose_name="quantity"),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="service",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing.service",
                        verbose_name="service",
                    ),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="service_date",
                    field=models.DateField(blank=True, null=True, verbose_name="service date"),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="tax_rate",
                    field=clinic.db.fields.RateField(blank=True, default=Decimal("0.0000"), verbose_name="tax rate"),
                ),
                migrations.AlterField(
                    model_name="invoiceitem",
                    name="unit_price",
                    field=clinic.db.fields.RateField(verbose_name="unit price"),
                ),
                migrations.AlterField(
                    model_name="numberseries",
                    name="document",
                    field=models.CharField(
                        choices=[("INV", "Invoice"), ("CN", "Credit note"), ("REC", "Receipt")],
                        max_length=3,
                        verbose_name="document",
                    ),
                ),
                migrations.AlterField(
                    model_name="numberseries",
                    name="last_number",
                    field=models.PositiveIntegerField(default=0, verbose_name="last number"),
                ),
                migrations.AlterField(
                    model_name="numberseries",
                    name="year",
                    field=models.PositiveSmallIntegerField(verbose_name="year"),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="amount",
                    field=clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="amount"),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="client",
                    field=models.CharField(blank=True, editable=False, max_length=150, verbose_name="client"),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="created_at",
                    field=models.DateTimeField(db_index=True, editable=False, verbose_name="created at"),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="created_by",
                    field=models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="currency",
                    field=models.CharField(editable=False, max_length=3, verbose_name="currency"),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="method",
                    field=models.CharField(
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
                migrations.AlterField(
                    model_name="payment",
                    name="patient",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="reason",
                    field=models.CharField(
                        blank=True, help_text="Why it is reversed.", max_length=500, verbose_name="reason"
                    ),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="receipt_number",
                    field=models.CharField(max_length=30, unique=True, verbose_name="receipt number"),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="received_at",
                    field=models.DateTimeField(db_index=True, verbose_name="received at"),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="reference",
                    field=models.CharField(blank=True, max_length=100, verbose_name="reference"),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="request_id",
                    field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id"),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="reverses",
                    field=models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="billing.payment",
                        verbose_name="reverses",
                    ),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="tendered",
                    field=clinic.db.fields.MoneyField(
                        blank=True, help_text="Cash handed over, before change.", null=True, verbose_name="tendered"
                    ),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="amount",
                    field=clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="amount"),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="client",
                    field=models.CharField(blank=True, editable=False, max_length=150, verbose_name="client"),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="created_at",
                    field=models.DateTimeField(db_index=True, editable=False, verbose_name="created at"),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="created_by",
                    field=models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="credit_note",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="released",
                        to="billing.creditnote",
                        verbose_name="credit note",
                    ),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="invoice",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="payment",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.payment",
                        verbose_name="payment",
                    ),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="refund",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.refund",
                        verbose_name="refund",
                    ),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="request_id",
                    field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id"),
                ),
                migrations.AlterField(
                    model_name="paymentallocation",
                    name="reversal",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="released",
                        to="billing.payment",
                        verbose_name="reversal",
                    ),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="amount",
                    field=clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="amount"),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="client",
                    field=models.CharField(blank=True, editable=False, max_length=150, verbose_name="client"),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="created_at",
                    field=models.DateTimeField(db_index=True, editable=False, verbose_name="created at"),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="created_by",
                    field=models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="currency",
                    field=models.CharField(editable=False, max_length=3, verbose_name="currency"),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="invoice",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="method",
                    field=models.CharField(
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
                migrations.AlterField(
                    model_name="refund",
                    name="patient",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="reason",
                    field=models.CharField(max_length=500, verbose_name="reason"),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="reference",
                    field=models.CharField(blank=True, max_length=100, verbose_name="reference"),
                ),
                migrations.AlterField(
                    model_name="refund",
                    name="request_id",
                    field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id"),
                ),
                migrations.AlterField(
                    model_name="service",
                    name="active",
                    field=models.BooleanField(default=True, verbose_name="active"),
                ),
                migrations.AlterField(
                    model_name="service",
                    name="category",
                    field=models.CharField(blank=True, max_length=100, verbose_name="category"),
                ),
                migrations.AlterField(
                    model_name="service",
                    name="code",
                    field=models.CharField(max_length=50, unique=True, verbose_name="code"),
                ),
                migrations.AlterField(
                    model_name="service",
                    name="created_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                migrations.AlterField(
                    model_name="service",
                    name="description",
                    field=models.CharField(max_length=500, verbose_name="description"),
                ),
                migrations.AlterField(
                    model_name="service",
                    name="tax_rate",
                    field=clinic.db.fields.RateField(
                        default=Decimal("0.0000"),
                        help_text="Percent; 0 where health care is exempt.",
                        verbose_name="tax rate",
                    ),
                ),
                migrations.AlterField(
                    model_name="service",
                    name="unit_price",
                    field=clinic.db.fields.RateField(
                        help_text="Per unit, four decimals, in the clinic's currency.", verbose_name="unit price"
                    ),
                ),
                migrations.AlterField(
                    model_name="service",
                    name="updated_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="updated at"
                    ),
                ),
                migrations.AlterField(
                    model_name="tag",
                    name="created_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                migrations.AlterField(
                    model_name="tag",
                    name="name",
                    field=models.CharField(max_length=50, verbose_name="name"),
                ),
                migrations.AlterField(
                    model_name="tag",
                    name="updated_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="updated at"
                    ),
                ),
                migrations.AlterField(
                    model_name="writeoff",
                    name="amount",
                    field=clinic.db.fields.MoneyField(default=Decimal("0.00"), verbose_name="amount"),
                ),
                migrations.AlterField(
                    model_name="writeoff",
                    name="batch_id",
                    field=models.UUIDField(blank=True, db_index=True, null=True, verbose_name="batch id"),
                ),
                migrations.AlterField(
                    model_name="writeoff",
                    name="client",
                    field=models.CharField(blank=True, editable=False, max_length=150, verbose_name="client"),
                ),
                migrations.AlterField(
                    model_name="writeoff",
                    name="created_at",
                    field=models.DateTimeField(db_index=True, editable=False, verbose_name="created at"),
                ),
                migrations.AlterField(
                    model_name="writeoff",
                    name="created_by",
                    field=models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                migrations.AlterField(
                    model_name="writeoff",
                    name="invoice",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="write_offs",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                migrations.AlterField(
                    model_name="writeoff",
                    name="reason",
                    field=models.CharField(max_length=500, verbose_name="reason"),
                ),
                migrations.AlterField(
                    model_name="writeoff",
                    name="request_id",
                    field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="request id"),
                ),
                migrations.AlterField(
                    model_name="writeoff",
                    name="reverses",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="billing.writeoff",
                        verbose_name="reverses",
                    ),
                ),
            ],
        ),
    ]
