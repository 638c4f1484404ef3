"""Texts of Django, the theme and other packages that have no German translation, or one that differs from ours.

The calls make `manage.py messages` add the texts to our catalogue.
"""

from django.utils.translation import gettext_noop as _

# Django: texts without a German translation
_("After you’ve created a user, you’ll be able to edit more user options.")
_("Conflicting form data submitted. Please try again.")
_("Disable password-based authentication")
_("Disabled")
_("Enable password-based authentication")
_("Enable password-based authentication for this user by setting a password.")
_("Enabled")
_("Password-based authentication")
_("Password-based authentication was disabled.")
_("Raw passwords are not stored, so there is no way to see the user’s password.")
_("Reset password")
_("Set password")
_("Set password: %s")
_("This action will <strong>enable</strong> password-based authentication for this user.")
_(
    "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able to "
    "authenticate using other backends, such as Single Sign-On or LDAP."
)

# Django: texts that we translate otherwise
_(" By %(filter_title)s ")
_("Save and add another")
_("Save and continue editing")

# The theme
_("After you've created a user, you’ll be able to edit more user options.")
_("All applications")
_("Apply Filters")
_("Cancel")
_("Click to cancel")
_("Dark")
_("Date")
_("Date from")
_("Date to")
_("Expand row")
_("False")
_("Forgotten your password or username?")
_("From")
_("General")
_("Go back")
_("Light")
_("Loading more results...")
_("More actions")
_("Next")
_("No data")
_("No recent searches")
_("No results found")
_("No results matching your query")
_("Previous")
_(
    "Raw passwords are not stored, so there is no way to see this user’s password, but you can change the password "
    'using <a href="{}" class="text-primary-600 dark:text-primary-500">this form</a>.'
)
_("Recent searches")
_("Reset filters")
_("Return to site")
_("Run")
_("Search apps and models...")
_("Select action")
_("Select action to run")
_("Select all rows")
_("Select record")
_("Select value")
_("System")
_("This item will be deleted.")
_("This page yielded into no results. Create a new item or reset your filters.")
_("To")
_("Toggle password visibility")
_("True")
_("Type to search")
_("Value")
_("Welcome")
_("Welcome back to")

# Applications (OAuth 2)
_("Authorization code")
_("Client credentials")
_("Confidential")
_("Device Code")
_("Implicit")
_("OpenID connect hybrid")
_("Public")
_("Resource owner password-based")
_("authorization grant type")
_("client ID")
_("client type")
_("created")
_("updated")
