"""A kind of concern says whether it is about an adult at school: the form then asks which (E1)."""

from django.db import migrations, models
from django.db.models import Q

SHIPPED = "Conduct of an adult at school"
# So the shipped words begin; a school that named or added a kind of its own has kept them.
PROMISE = "This goes to the headteacher"


def mark(apps, schema_editor):
    """Mark the shipped kind, and every other that promises the headteacher."""
    kinds = apps.get_model("concerns", "Category").objects
    kinds.filter(Q(name=SHIPPED) | Q(guidance__istartswith=PROMISE)).update(is_about_adult=True)


class Migration(migrations.Migration):
    dependencies = [("concerns", "0019_answer_requests")]
    operations = [
        migrations.AddField(
            model_name="category",
            name="is_about_adult",
            field=models.BooleanField(
                default=False,
                help_text="The form is not sent before it says which adult, so that they cannot read it (E1).",
                verbose_name="about an adult at school",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
