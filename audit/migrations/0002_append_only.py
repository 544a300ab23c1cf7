from django.db import migrations

from audit import guard


def install(apps, schema_editor):
    guard.install(schema_editor, schema_editor.connection.vendor)


def remove(apps, schema_editor):
    guard.remove(schema_editor, schema_editor.connection.vendor)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
