"""A family without e-mail gets its own link on paper."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0004_note_that_a_reserve_was_called")]

    operations = [
        migrations.AlterField(
            model_name="share",
            name="channel",
            field=models.CharField(
                choices=[
                    ("email", "E-mail"),
                    ("parent_hub", "Parent Hub"),
                    ("purple_mash", "Purple Mash"),
                    ("paper", "On paper"),
                ],
                max_length=12,
            ),
        ),
        migrations.RemoveConstraint(model_name="share", name="share_channel_is_allowed"),
        migrations.AddConstraint(
            model_name="share",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("channel__in", ["email", "parent_hub", "purple_mash", "paper"])
                ),
                name="share_channel_is_allowed",
            ),
        ),
    ]
