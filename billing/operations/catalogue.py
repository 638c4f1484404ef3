"""Create and change services and tags."""

from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Service, Tag
from clinic.domain.errors import RuleBroken


class CodeTaken(RuleBroken):
    """Another service already has this code."""

    code = "service_code_taken"


class TagTaken(RuleBroken):
    """Another tag already has this name, in any case."""

    code = "tag_taken"


@transaction.atomic
def add_service(*, at: datetime, **values: Any) -> Service:
    """Create a service. CodeTaken."""
    service = Service(created_at=at, updated_at=at, **values)
    _check_code(service)
    service.save(force_insert=True)
    return service


@transaction.atomic
def change_service(service: Service, *, at: datetime, **values: Any) -> None:
    """Change these fields, if any differs. Issued invoices do not change. CodeTaken."""
    if service.lock_and_set(values):
        _check_code(service)
        service.updated_at = at
        service.save()


@transaction.atomic
def add_tag(*, name: str, at: datetime) -> Tag:
    """Create a tag. TagTaken."""
    tag = Tag(name=name, created_at=at, updated_at=at)
    _check_name(tag)
    tag.save(force_insert=True)
    return tag


@transaction.atomic
def rename_tag(tag: Tag, *, name: str, at: datetime) -> None:
    """Rename a tag, on every invoice that has it. TagTaken."""
    if tag.lock_and_set({"name": name}):
        _check_name(tag)
        tag.updated_at = at
        tag.save()


def _check_code(service: Service) -> None:
    if service.has_taken_code():
        raise CodeTaken.at("/code", f"The code “{service.code}” belongs to another service.")


def _check_name(tag: Tag) -> None:
    if tag.has_taken_name():
        raise TagTaken.at("/name", f"There is already a tag “{tag.name}”.")
