"""The back office: the one room that knows the admin's theme; every app builds its pages from what is named here.

| for | take |
|---|---|
| records to keep, records to read | `KeptAdmin`, `ReadOnlyAdmin`; searched as the API does: `FoundByWords` |
| rows of a record's page | `TabularInline`, `StackedInline`, `ReadOnlyTabularInline` |
| a long list, with queues as saved views | `QueuedAdmin` |
| columns | `display` (`label={value: variant}` for badges), `money`, `quantity`, `day`, `moment`, `badge` |
| filters | `ChoicesFilter`, `DaysFilter`, `NumbersFilter`, `AutocompleteFilter` and others: clinic/admin/filters.py |
| something to do | `action`: of chosen rows, or behind a dialog (`Dialog`, `DialogForm`) |
| a field of such a form | `MoneyFormField`, `NumberFormField`, `ReasonField`, `DayInput`, `dress` |
| a page of its own | `page(route, name=...)` over an `AdminPage`; `Crumb`, `change_url`, `list_url`, `run_dialog` |
| something of another app's record | `panel(Model)` over a function that answers with a template and its context |
| a refusal of the rules in the reader's language | `in_words`; `explain` gives the sentence of a code |
| a line of the sidebar | `register(Entry(DESK, 10, _("Invoices"), "receipt_long", "admin:…", "billing.view_…"))` |
| an answer of the search | `finder` over a function that answers with `Found` |

Styles that pages share are in clinic/static/clinic/desk.css (`.money` aligns to the right), behaviour in desk.js: no
inline script, and nothing from another host.
"""

from clinic.admin.actions import action, may_run
from clinic.admin.bases import (
    FoundByWords,
    KeptAdmin,
    ReadOnlyAdmin,
    ReadOnlyTabularInline,
    StackedInline,
    TabularInline,
)
from clinic.admin.columns import badge, display
from clinic.admin.dialogs import Dialog, DialogForm, refuse, run_dialog
from clinic.admin.error_messages import explain, in_words
from clinic.admin.filters import (
    AutocompleteFilter,
    ChoicesFilter,
    DaysFilter,
    ManyOptionsFilter,
    NumbersFilter,
    OptionsFilter,
    RelatedFilter,
    YesNoFilter,
)
from clinic.admin.forms import DayInput, MoneyFormField, MoneyInput, NumberFormField, ReasonField, dress
from clinic.admin.lists import CappedPaginator, QueuedAdmin
from clinic.admin.navigation import DESK, MONEY, OPERATIONS, PATIENTS, RECORDS, Entry, register
from clinic.admin.pages import AdminPage, Crumb, change_url, list_url
from clinic.admin.panels import panel
from clinic.admin.site import FOUND_AT_MOST, Found, finder, page
from clinic.i18n.display import EMPTY, day, moment, money, quantity

__all__ = [
    "DESK",
    "EMPTY",
    "FOUND_AT_MOST",
    "MONEY",
    "OPERATIONS",
    "PATIENTS",
    "RECORDS",
    "AdminPage",
    "AutocompleteFilter",
    "CappedPaginator",
    "ChoicesFilter",
    "Crumb",
    "DayInput",
    "DaysFilter",
    "Dialog",
    "DialogForm",
    "Entry",
    "Found",
    "FoundByWords",
    "KeptAdmin",
    "ManyOptionsFilter",
    "MoneyFormField",
    "MoneyInput",
    "NumberFormField",
    "NumbersFilter",
    "OptionsFilter",
    "QueuedAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyTabularInline",
    "ReasonField",
    "RelatedFilter",
    "StackedInline",
    "TabularInline",
    "YesNoFilter",
    "action",
    "badge",
    "change_url",
    "day",
    "display",
    "dress",
    "explain",
    "finder",
    "in_words",
    "list_url",
    "may_run",
    "moment",
    "money",
    "page",
    "panel",
    "quantity",
    "refuse",
    "register",
    "run_dialog",
]
