"""API resources: services (the price list) and tags, with their response bodies."""

from typing import Any

from billing import roles
from billing.api.examples import SERVICE_DOCS, TAG_DOCS
from billing.api.filters import ServiceFilters
from billing.api.response_schemas import ServiceShape, TagShape
from billing.api.serializers import ServiceBody, TagBody
from billing.api.value_error_codes import CODES
from billing.models import Service, Tag
from billing.models.catalogue import ServiceQuerySet, TagQuerySet
from billing.operations.catalogue import add_service, add_tag, change_service, rename_tag
from clinic.api.lists.listing import Listing, order_paths
from clinic.api.resources import Resource


class ServiceResource(Resource):
    path = "service"
    model = Service
    body = ServiceBody
    shape = ServiceShape
    operation_docs = SERVICE_DOCS
    read_permission = roles.READ_SERVICES
    add_permission = roles.ADD_SERVICE
    change_permission = roles.CHANGE_SERVICE
    listing = Listing(
        filters=ServiceFilters,
        search=ServiceQuerySet.matching,
        orders=order_paths("created_at updated_at unit_price")
        | {name: f"{name}_key" for name in ("code", "description", "category")},
    )

    def add(self, values: dict[str, Any]) -> Service:
        return add_service(at=self.at, **values)

    def change(self, record: Service, values: dict[str, Any]) -> Service:
        change_service(record, at=self.at, **values)
        return record


class TagResource(Resource):
    path = "tag"
    model = Tag
    body = TagBody
    shape = TagShape
    operation_docs = TAG_DOCS
    error_codes = CODES
    read_permission = roles.READ_TAGS
    add_permission = roles.ADD_TAG
    change_permission = roles.RENAME_TAG
    listing = Listing(
        search=TagQuerySet.matching,
        orders=order_paths("created_at updated_at name", name="key"),
    )

    def add(self, values: dict[str, Any]) -> Tag:
        return add_tag(at=self.at, **values)

    def change(self, record: Tag, values: dict[str, Any]) -> Tag:
        if "name" in values:
            rename_tag(record, name=values["name"], at=self.at)
        return record
