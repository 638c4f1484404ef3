"""What can be asked and done about what the desk picks from: the price list, and tags."""

from typing import Any

from django.db.models import QuerySet

from billing import roles
from billing.api.codes import CODES
from billing.api.examples import SERVICE_NOTES, TAG_NOTES
from billing.api.filters import ServiceFilters
from billing.api.represent import Wire, service_out, tag_out
from billing.api.serializers import ServiceBody, TagBody
from billing.api.shapes import ServiceShape, TagShape
from billing.models import Service, Tag
from billing.models.catalogue import ServiceQuerySet, TagQuerySet
from billing.operations.catalogue import add_service, add_tag, change_service, rename_tag
from clinic.api.lists.list_view import Listing
from clinic.api.resources import Resource


class ServiceResource(Resource):
    path = "service"
    body = ServiceBody
    shape = ServiceShape
    notes = SERVICE_NOTES
    reads, adds, changes = roles.READ_SERVICES, roles.ADD_SERVICE, roles.CHANGE_SERVICE
    listing = Listing(
        filters=ServiceFilters,
        search=ServiceQuerySet.found_by,
        orders={
            "created_at": "created_at",
            "updated_at": "updated_at",
            "code": "code",
            "description": "description",
            "category": "category",
            "unit_price": "unit_price",
        },
    )

    def rows(self) -> QuerySet[Service]:
        return Service.objects.all()

    def represent(self, record: Service) -> Wire:
        return service_out(record)

    def add(self, values: dict[str, Any]) -> Service:
        return add_service(at=self.at, **values)

    def change(self, record: Service, values: dict[str, Any]) -> Service:
        change_service(record, at=self.at, **values)
        return record


class TagResource(Resource):
    path = "tag"
    body = TagBody
    shape = TagShape
    notes = TAG_NOTES
    codes = CODES
    reads, adds, changes = roles.READ_TAGS, roles.ADD_TAG, roles.RENAME_TAG
    listing = Listing(
        search=TagQuerySet.found_by,
        orders={"created_at": "created_at", "updated_at": "updated_at", "name": "key"},
    )

    def rows(self) -> QuerySet[Tag]:
        return Tag.objects.all()

    def represent(self, record: Tag) -> Wire:
        return tag_out(record)

    def add(self, values: dict[str, Any]) -> Tag:
        return add_tag(at=self.at, **values)

    def change(self, record: Tag, values: dict[str, Any]) -> Tag:
        if "name" in values:
            rename_tag(record, name=values["name"], at=self.at)
        return record
