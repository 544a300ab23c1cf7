"""The code of a row in a page, where its number would tell of others by a gap."""

from django import template
from django.db.models import Model

from schoolsafe.lib.codes import code_of

register = template.Library()


@register.filter
def code(row: Model) -> str:
    """Return the code that stands for a row, the same as in its address."""
    return code_of(row._meta.db_table, row.pk)
