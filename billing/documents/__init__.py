"""Documents that are printed or sent. Imports the models and rules; imported by the admin."""
