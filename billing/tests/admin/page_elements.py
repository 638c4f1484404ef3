"""The elements of an HTML page, and whether the errors of its forms are where a user finds them."""

from html.parser import HTMLParser

from django.contrib.admin.helpers import AdminForm
from django.forms import BaseForm

from billing.admin.draft_editor.draft_form import DraftForm

VOID_TAGS = {"input", "br", "img", "link", "meta", "hr", "source"}


class Element:
    """An element with its attributes, and the text within it."""

    def __init__(self, tag, attributes):
        self.tag, self.attributes, self.pieces = tag, attributes, []

    def __getitem__(self, name):
        return self.attributes.get(name, "")

    @property
    def text(self):
        return " ".join("".join(self.pieces).split())

    @property
    def is_input(self):
        return self.tag in {"input", "select", "textarea"} and self["type"] != "hidden" and bool(self["name"])


class Page(HTMLParser):
    """Parser that lists the elements of a page in their order, those of templates and hidden texts left out."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or "" for name, value in attrs})
        if not any(each.tag == "template" for each in self.open):
            self.elements.append(element)
        if tag not in VOID_TAGS:
            self.open.append(element)

    def handle_endtag(self, tag):
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data):
        for element in self.open:
            element.pieces.append(data)

    @property
    def text(self):
        return self.elements[0].text if self.elements else ""

    def inputs(self, name):
        """Return the visible inputs of a field; a date with a time has two."""
        names = {name, f"{name}_0", f"{name}_1"}
        return [each for each in self.elements if each.is_input and each["name"] in names]

    def described_by(self, element):
        """Return the text of the elements that describe one."""
        ids = element["aria-describedby"].split()
        return " ".join(each.text for each in self.elements if each["id"] in ids)


def wrong_forms(response):
    """Return the forms in the context of a response that have errors."""
    found = {}
    for context in response.context or []:
        for value in [value for layer in context.dicts for value in layer.values()]:
            for form in _forms_in(value):
                if form.is_bound and form.errors:
                    found[id(form)] = form
    return list(found.values())


def _forms_in(value):
    if isinstance(value, DraftForm):
        return [value.header, *value.items]
    if isinstance(value, AdminForm):
        return [value.form]
    return [value] if isinstance(value, BaseForm) else []


def misplaced_errors(response):
    """Yield the errors of a response's forms that its page does not show where a user finds them."""
    page = Page(response.content.decode())
    for form in wrong_forms(response):
        for name, errors in form.errors.items():
            for error in (" ".join(str(each).split()) for each in errors):
                if name == "__all__" or form[name].is_hidden:
                    if error not in page.text and not form.non_field_errors():
                        yield f"{name}: “{error}” is not shown"
                    continue
                inputs = page.inputs(form[name].html_name)
                if not inputs:
                    yield f"{name}: the field of “{error}” is not shown"
                for each in inputs:
                    if each["aria-invalid"] != "true" or error not in page.described_by(each):
                        yield f"{name}: “{error}” is not beside its field"
    wrong = [each for each in page.elements if each["aria-invalid"] == "true"]
    focused = [each for each in page.elements if "autofocus" in each.attributes]
    if wrong and focused[:1] != wrong[:1]:
        yield f"the focus is not on {wrong[0]['name']}, but on {[each['name'] for each in focused]}"


def has_explanation(response):
    """Return whether a page that is shown again says what is wrong, or what was done."""
    page = Page(response.content.decode())
    notices = [each for each in page.elements if each["role"] in {"alert", "status"} and each.text]
    return bool(notices or wrong_forms(response))
