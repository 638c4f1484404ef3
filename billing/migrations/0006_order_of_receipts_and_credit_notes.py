"""Indexes for the order of the numbers of payments and credit notes."""

from django.db import migrations

from clinic.db.sql_files import RunSQLFile


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_title_of_discount_permission")]

    operations = [RunSQLFile("0006_create_number_indexes", "0006_drop_number_indexes")]
