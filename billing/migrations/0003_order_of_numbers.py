"""Index for the order of numbers, which is that of numbers past a million too."""

from django.db import migrations

from clinic.db.sql_files import RunSQLFile


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_comparison_keys")]

    operations = [RunSQLFile("0003_create_number_index", "0003_drop_number_index")]
