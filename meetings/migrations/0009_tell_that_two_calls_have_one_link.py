import hashlib
from typing import Any

from django.db import migrations, models


def take_digests(apps: Any, schema_editor: Any) -> None:
    """Calls that have a link already are known by it too."""
    meetings = apps.get_model("meetings", "Meeting").objects
    for meeting in meetings.only("join_url").iterator():
        if meeting.join_url:
            digest = hashlib.sha256(meeting.join_url.encode()).hexdigest()
            meetings.filter(pk=meeting.pk).update(link_digest=digest)


class Migration(migrations.Migration):

    dependencies = [
        ("meetings", "0008_bring_recordings_nobody_agreed_to"),
    ]

    operations = [
        migrations.AddField(
            model_name="meeting",
            name="link_digest",
            field=models.CharField(
                blank=True,
                db_index=True,
                default="",
                help_text="Tells that two calls have one Teams link.",
                max_length=64,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(take_digests, migrations.RunPython.noop, elidable=True),
    ]
