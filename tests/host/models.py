"""The people of an intranet, and something it keeps of its own."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    """Somebody with an account; signs in with a short name, not with the e-mail address."""

    room = models.CharField(max_length=10, blank=True)


class Dinner(models.Model):
    """What there is to eat."""

    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name
