"""The first categories and outcomes, for a school to edit."""

from django.db import migrations

CATEGORIES = [
    ("Something a child said", "Write the child's own words. Do not ask leading questions."),
    ("Something seen on a video call", "Say who was on screen, and what was seen or heard."),
    ("Physical harm", "Describe where and what it looks like. Take no photograph."),
    ("Emotional harm", ""),
    ("Neglect", "Small signs matter when they repeat."),
    ("Sexual harm or harassment", "Do not view, copy or pass on any image."),
    ("Between children", "Say who did what. Each child has their own part."),
    ("Online safety", "Do not view, copy or pass on any image."),
    ("Radicalisation", ""),
    ("Self-harm or mental health", ""),
    ("Conduct of an adult at school", "This goes to the headteacher, not to the team."),
    ("Something else", ""),
]
OUTCOMES = [
    ("Support in school", False),
    ("Watch and review", False),
    ("Family Help", False),
    ("No further action", False),
    ("Handed over to the child protection file", False),
    ("Referred to children's social care", True),
    ("Referred to the police", True),
    ("Referred to the local authority designated officer", True),
    ("Referred to Channel", True),
]


def offer(apps, schema_editor):
    """Add what is not there yet."""
    category = apps.get_model("concerns", "Category")
    outcome = apps.get_model("concerns", "Outcome")
    for name, guidance in CATEGORIES:
        category.objects.get_or_create(name=name, defaults={"guidance": guidance})
    for name, is_referral in OUTCOMES:
        outcome.objects.get_or_create(name=name, defaults={"is_referral": is_referral})


class Migration(migrations.Migration):
    dependencies = [("concerns", "0001_initial")]
    operations = [migrations.RunPython(offer, migrations.RunPython.noop)]
