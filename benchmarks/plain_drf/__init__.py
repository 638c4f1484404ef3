"""A plain build with Django REST framework, as a competent engineer writes it, for comparison in script/bench."""
