"""What the database refuses of casework, once older rows are carried over."""

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("concerns", "0011_carry_over_to_casework")]
    operations = []
