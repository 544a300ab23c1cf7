"""A wish keeps what the sweep needs to fulfil it; the rows before this one were a limit for an hour."""

from django.db import migrations, models

import schoolsafe.lib.encryption


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_set_answers_aside_and_note_help")]

    operations = [
        migrations.DeleteModel(name="LinkWish"),
        migrations.CreateModel(
            name="LinkWish",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("window", models.PositiveBigIntegerField()),
                ("about", models.CharField(blank=True, max_length=100)),
                ("address", schoolsafe.lib.encryption.EncryptedTextField()),
                ("is_crowded", models.BooleanField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="linkwish",
            constraint=models.UniqueConstraint(
                fields=("digest", "window"), name="link_wish_once_a_window"
            ),
        ),
    ]
