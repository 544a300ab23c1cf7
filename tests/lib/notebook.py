"""A small model with two encrypted texts, in a registry and a table of its own."""

from django.apps.registry import Apps
from django.db import models

from schoolsafe.lib.encryption import EncryptedTextField


class Note(models.Model):
    body = EncryptedTextField(null=True, blank=True)
    other = EncryptedTextField(default="")
    title = models.CharField(max_length=50, default="", blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "notebook"
        db_table = "notebook_note"
        apps = Apps()

    def __str__(self):
        return self.title


class Registry:
    """The part of Django's registry that serializers and rotation ask, with one model in it."""

    @staticmethod
    def get_models(**_options):
        return [Note]

    @staticmethod
    def get_model(label):
        return {"notebook.note": Note}[label]


TABLE = """
    CREATE TABLE notebook_note (
        id bigint PRIMARY KEY, body text NULL, other text NOT NULL, title varchar(50) NOT NULL,
        changed_at {instant} NOT NULL
    )
"""
