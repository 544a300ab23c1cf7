"""What a page says of a form that comes back."""

from django import forms, template

register = template.Library()
# Ticks and choices are seen at a glance; only words could have been lost.
WITHOUT_WORDS = (forms.CheckboxInput, forms.widgets.ChoiceWidget, forms.FileInput)


@register.filter
def has_words(form: forms.BaseForm) -> bool:
    """Tell whether anything is written into a form, and not only ticked or chosen."""
    return any(not isinstance(one.field.widget, WITHOUT_WORDS) for one in form.visible_fields())
