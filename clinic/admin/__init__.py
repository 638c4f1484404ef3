"""Admin toolkit: the base classes, filters, dialogs and pages of which every app builds its admin.

The only package that imports the admin theme (unfold).

| for | use |
|---|---|
| records that are never deleted, or only read | `NoDeleteAdmin`, `ReadOnlyAdmin` |
| the same search as in the API | `SearchTextMixin` |
| related rows on a record's page | `TabularInline`, `StackedInline`, `ReadOnlyTabularInline` |
| a long list, narrowed by `?queue=` | `QueueFilterMixin` |
| columns | `display` (`label={value: variant}` for badges), `badge`, `format_money`, `format_date` and others |
| filters | `ChoicesFilter`, `DateRangeFilter`, `AutocompleteFilter` and others: clinic/admin/filters.py |
| an action on selected rows, or behind a dialog | `action`, `Dialog`, `DialogForm` |
| a form field | `TextFormField`, `MoneyFormField`, `NumberFormField`, `NativeDateInput`, `apply_theme_widget` |
| another page | `register_page(route, name=...)` on an `AdminPage`; `Breadcrumb`, `change_url`, `list_url` |
| a link only for users who may open it | `may_view`; read-only fields do it themselves |
| content above another app's form | `register_panel(Model)` on a function that returns a template and its context |
| a filter of another app's list | `register_list_filter(Model)` on the class of the filter |
| a domain error in the user's language | `localized_message`; `register_error_messages` adds a text for a code |
| an entry of the sidebar | `add_to_sidebar(list_entry(...))` |
| results of the search | `search_provider` on a function that yields `SearchResult` |

Shared styles are in clinic/static/clinic/ (admin.css; lists.css, where `.money` aligns to the right), shared scripts in
admin.js. Pages hold no inline script, and nothing comes from another host.
"""

from clinic.admin.actions import action
from clinic.admin.columns import badge, display
from clinic.admin.dialogs import Dialog, DialogForm, add_domain_error, run_dialog
from clinic.admin.error_messages import localized_message, register_error_messages
from clinic.admin.extension_points import register_list_filter, register_panel
from clinic.admin.filters import (
    AutocompleteFilter,
    BooleanFilter,
    ChoicesFilter,
    DateRangeFilter,
    MultipleOptionsFilter,
    NumberRangeFilter,
    OptionsFilter,
)
from clinic.admin.form_fields import (
    MoneyFormField,
    NativeDateInput,
    NumberFormField,
    TextFormField,
    apply_theme_widget,
    validate_year,
)
from clinic.admin.lists import CappedPaginator, QueueFilterMixin
from clinic.admin.model_admins import (
    NoDeleteAdmin,
    ReadOnlyAdmin,
    ReadOnlyTabularInline,
    SearchTextMixin,
)
from clinic.admin.pages import AdminPage, Breadcrumb, change_url, list_url, may_view
from clinic.admin.sidebar import (
    DAILY_WORK,
    MONEY,
    PATIENTS,
    RECORDS,
    SidebarEntry,
    add_to_sidebar,
    list_entry,
)
from clinic.admin.site import MAX_SEARCH_RESULTS, SearchResult, register_page, search_provider
from clinic.i18n.display import EMPTY, format_date, format_datetime, format_money, format_quantity
