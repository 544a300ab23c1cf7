"""Make the table in which rate limits are counted: shared by all processes, and no server needed."""

from django.core.management import call_command
from django.db import migrations


def make(apps, schema_editor):
    call_command("createcachetable", "cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("school", "0001_create_the_school")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
