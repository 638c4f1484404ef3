"""The draft editor: form, live totals and autocomplete; a draft is saved by one call into billing.operations."""

from billing.admin.draft_editor import endpoints, new_patient
