"""Documents that are printed or sent. Imports operations, models and rules; imported by the admin."""
