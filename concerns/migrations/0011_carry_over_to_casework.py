"""Older concerns belong to whoever acknowledged them; the first agencies, and today's words."""

from django.db import migrations
from django.db.models import F

AGENCIES = [
    ("Children's social care", True),
    ("The police", True),
    ("LADO (local authority designated officer)", False),
    ("Channel (Prevent)", False),
    ("CAMHS", False),
    ("Family Help", False),
    ("School nurse or GP", False),
    ("Another school", False),
]
OUTCOMES = [
    ("Universal early help", False),
    ("Family Help", False),
    ("Advice from the LADO, no referral", False),
    ("Referred to the LADO", True),
    ("Referred to Channel (Prevent)", True),
    ("Referred to CAMHS", True),
    ("Found to be mistaken or malicious", False),
]
# What the first list called otherwise; a word that somebody has decided by stays, and is not offered.
REPLACED = ["Referred to the local authority designated officer", "Referred to Channel"]


def carry_over(apps, schema_editor):
    """Give each concern its owner and the reporter's word; a decision to refer is a decision."""
    concern = apps.get_model("concerns", "Concern")
    concern.objects.update(reported_urgency=F("urgency"), owner=F("acknowledged_by"))
    apps.get_model("concerns", "Entry").objects.filter(kind="referral").update(kind="decision")


def offer(apps, schema_editor):
    """Add what is not there yet, and take off the form what is called otherwise now."""
    entry, outcome = apps.get_model("concerns", "Entry"), apps.get_model("concerns", "Outcome")
    agency = apps.get_model("concerns", "Agency")
    for name, takes_reports in AGENCIES:
        agency.objects.get_or_create(name=name, defaults={"takes_reports": takes_reports})
    for name, is_referral in OUTCOMES:
        outcome.objects.get_or_create(name=name, defaults={"is_referral": is_referral})
    used = entry.objects.exclude(outcome=None).values("outcome")
    old = outcome.objects.filter(name__in=REPLACED)
    old.filter(pk__in=used).update(is_used=False)
    old.exclude(pk__in=used).delete()


class Migration(migrations.Migration):
    dependencies = [("concerns", "0010_do_casework")]
    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RunPython(offer, migrations.RunPython.noop),
    ]
