"""Texts of Django, the theme and other packages that have no German translation, or one that differs from ours.

The calls make `manage.py messages` add the texts to our catalogue.
"""

from django.utils.translation import gettext_noop as _

# Django: texts without a German translation
_("Conflicting form data submitted. Please try again.")
_("Disable password-based authentication")
_("Disabled")
_("Enable password-based authentication")
_("Enable password-based authentication for this user by setting a password.")
_("Enabled")
_("Password-based authentication")
_("Password-based authentication was disabled.")
_("Reset password")
_("Set password")
_("Set password: %s")
_("This action will <strong>enable</strong> password-based authentication for this user.")

# Django: texts that we translate otherwise
_(" By %(filter_title)s ")
_("Save and add another")
_("Save and continue editing")

# Texts that are worded otherwise in both languages: the English ones are in locale/en
_("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?")
_("After you've created a user, you’ll be able to edit more user options.")
_("After you’ve created a user, you’ll be able to edit more user options.")
_("Apply Filters")
_("Click here to select the objects across all pages")
_("Designates that this user has all permissions without explicitly assigning them.")
_("Designates whether the user can log into this admin site.")
_("Designates whether this user should be treated as active. Unselect this instead of deleting accounts.")
_("Device Code")
_("Enter the same password as before, for verification.")
_("Failed Logins")
_("IP Address")
_("Items must be selected in order to perform actions on them. No items have been changed.")
_("Password change successful")
_(
    "Please enter the correct %(username)s and password for a staff account. Note that both fields may be "
    "case-sensitive."
)
_(
    "Please enter your old password, for security’s sake, and then enter your new password twice so we can verify "
    "you typed it in correctly."
)
_("Raw passwords are not stored, so there is no way to see the user’s password.")
_(
    "Raw passwords are not stored, so there is no way to see this user’s password, but you can change the password "
    'using <a href="{}" class="text-primary-600 dark:text-primary-500">this form</a>.'
)
_("Select all objects on this page for an action")
_("The groups this user belongs to. A user will get all permissions granted to each of their groups.")
_("This object doesn’t have a change history. It probably wasn’t added via this admin site.")
_(
    "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able to "
    "authenticate using other backends, such as Single Sign-On or LDAP."
)
_("access attempt")
_("access attempts")
_("group")
_("groups")

# The theme
_("All applications")
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
_("Implicit")
_("OpenID connect hybrid")
_("Public")
_("Resource owner password-based")
_("authorization grant type")
_("client ID")
_("client type")
_("created")
_("updated")
