"""Indexes for the order of the numbers of payments and credit notes."""

from django.db import migrations

from clinic.db.sql_files import RunSQLFile


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_particulars_of_money")]

    operations = [RunSQLFile("0005_create_number_indexes", "0005_drop_number_indexes")]
