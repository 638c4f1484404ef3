"""Keys by which codes and tags are compared, what ledger rows are found by, and texts cleaned of what is refused since.

Drafts, services and tags are cleaned; what an issued invoice froze stays as it is.
"""

from functools import partial
from typing import Any

from django.db import migrations, models

from clinic.db.sql_files import RunSQLFile
from patients.migrations._text_0002 import clean, comparison_key, make_distinct, rewrite, search_text

ITEM_TEXTS = ["code", "description"]
DRAFT_COLUMNS = ["bill_to_name", "bill_to_address", "notes", "internal_note", "search_text", "wire_document"]
SERVICE_COLUMNS = ["code", "description", "category", "code_key", "description_key", "category_key", "search_text"]
SEARCHED = {
    "Payment": ("receipt_number", "reference", "reason"),
    "Refund": ("reference", "reason", "invoice.reg_number"),
    "WriteOff": ("invoice.reg_number", "reason", "batch_id"),
    "CreditNote": ("number", "invoice.reg_number", "reason"),
}


def cleaned_service(service: Any) -> dict[str, Any]:
    texts = {name: clean(getattr(service, name)) for name in ("code", "description", "category")}
    keys = {f"{name}_key": comparison_key(text) for name, text in texts.items()}
    return {**texts, **keys, "search_text": search_text(*texts.values())}


def cleaned_item(item: Any, changed_drafts: set[Any]) -> dict[str, Any]:
    if item.invoice.status != "DRAFT":
        return {}
    texts = {"code": clean(item.code), "description": clean(item.description) or "?"}
    if texts != {"code": item.code, "description": item.description}:
        changed_drafts.add(item.invoice_id)
    return texts


def cleaned_invoice(invoice: Any, changed_drafts: set[Any]) -> dict[str, Any]:
    items = sorted(invoice.items.all(), key=lambda item: item.position)
    texts: dict[str, Any] = {}
    if invoice.status == "DRAFT":
        texts = {
            "bill_to_name": clean(invoice.bill_to_name),
            "bill_to_address": clean(invoice.bill_to_address, multiline=True),
            "notes": clean(invoice.notes, multiline=True),
            "internal_note": clean(invoice.internal_note, multiline=True),
        }
        if invoice.pk in changed_drafts or any(getattr(invoice, name) != text for name, text in texts.items()):
            texts["wire_document"] = None  # rendered anew when it is read
    found = search_text(invoice.reg_number, *dict.fromkeys(item.description for item in items))
    return {**texts, "search_text": found}


def searched(row: Any) -> dict[str, Any]:
    parts = []
    for path in SEARCHED[type(row).__name__]:
        first, _, rest = path.partition(".")
        value = getattr(row, first)
        parts.append(str((getattr(value, rest) if rest and value else value) or ""))
    return {"search_text": search_text(*parts)}


def merge_tags(apps: Any, schema_editor: Any) -> None:
    """Set the keys of tags; of those that are the same now, the first takes the invoices of the others."""
    tag_model, invoice_model = apps.get_model("billing", "Tag"), apps.get_model("billing", "Invoice")
    links = invoice_model.tags.through.objects
    kept: dict[str, Any] = {}
    for tag in tag_model.objects.order_by("created_at", "pk"):
        name = clean(tag.name) or "?"
        key = comparison_key(name)
        if key in kept:
            has_it = links.filter(tag=kept[key]).values("invoice")
            moved = links.filter(tag=tag).exclude(invoice__in=has_it)
            invoices = list(links.filter(tag=tag).values_list("invoice", flat=True))
            moved.update(tag=kept[key])
            links.filter(tag=tag).delete()
            invoice_model.objects.filter(pk__in=invoices).update(wire_document=None)
            tag.delete()
            print(f"  Tag “{tag.name}” is “{kept[key].name}” now, since they read the same.")  # noqa: T201
            continue
        kept[key] = tag
        tag.name = name
    for tag in kept.values():
        tag_model.objects.filter(pk=tag.pk).update(name=tag.name, key=str(tag.pk))  # free the other keys first
    for key, tag in kept.items():
        tag_model.objects.filter(pk=tag.pk).update(key=key)


def fill(apps: Any, schema_editor: Any) -> None:
    """Clean the texts of drafts, services and tags, and set the keys and search texts."""
    service = apps.get_model("billing", "Service")
    rewrite(schema_editor, service, SERVICE_COLUMNS, cleaned_service)
    make_distinct(service, "code", "code_key")
    merge_tags(apps, schema_editor)
    changed: set[Any] = set()
    item, invoice = apps.get_model("billing", "InvoiceItem"), apps.get_model("billing", "Invoice")
    rewrite(schema_editor, item, ITEM_TEXTS, partial(cleaned_item, changed_drafts=changed), "invoice")
    rewrite(schema_editor, invoice, DRAFT_COLUMNS, partial(cleaned_invoice, changed_drafts=changed), "items")
    for name, texts in SEARCHED.items():
        related = ["invoice"] if any("." in text for text in texts) else []
        rewrite(schema_editor, apps.get_model("billing", name), ["search_text"], searched, *related)


def text_column(model: str, name: str) -> migrations.AddField:
    return migrations.AddField(model, name, models.TextField(db_default="", default="", editable=False))


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("patients", "0002_comparison_keys")]

    operations = [
        RunSQLFile("0001_drop_triggers", "0001_create_triggers"),
        migrations.AlterModelOptions(
            "service",
            {"ordering": ["code_key", "pk"], "verbose_name": "service", "verbose_name_plural": "services"},
        ),
        text_column("payment", "search_text"),
        text_column("refund", "search_text"),
        text_column("writeoff", "search_text"),
        text_column("creditnote", "search_text"),
        migrations.AddField("service", "code_key", models.TextField(editable=False, null=True)),
        text_column("service", "description_key"),
        text_column("service", "category_key"),
        migrations.AlterField("service", "code", models.CharField(max_length=50, verbose_name="code")),
        migrations.AlterField("tag", "key", models.TextField(editable=False, unique=True)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("service", "code_key", models.TextField(editable=False, null=True, unique=True)),
        RunSQLFile("0001_create_triggers", "0001_drop_triggers"),
    ]
