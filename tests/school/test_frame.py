"""What is rendered once shows to nobody what belongs to somebody else."""

from typing import Any

from django.template import Context, Template
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

LABEL = gettext_lazy("Yes")


def shown(template: Template, **values: Any) -> str:
    return template.render(Context(values))


def test_once_shows_nothing_that_it_does_not_name() -> None:
    page = Template("{% load frame %}{% once school=school %}{{ school }}/{{ child }}{% endonce %}")
    assert shown(page, school="Elmfield", child="Maya") == "Elmfield/"
    assert shown(page, school="Elmfield", child="Tom") == "Elmfield/"


def test_once_shows_each_value_as_it_is() -> None:
    page = Template("{% load frame %}{% once it=it %}{{ it }}{% endonce %}")
    values = ("Elmfield", "Oakfield", True, 1, "1", "<b>", mark_safe("<b>"), "<b>", LABEL)
    expected = ["Elmfield", "Oakfield", "True", "1", "1", "&lt;b&gt;", "<b>", "&lt;b&gt;", "Yes"]
    for _ in range(2):
        assert [shown(page, it=value) for value in values] == expected


def test_once_over_a_list_or_over_something_that_may_change_shows_it_as_it_is_now() -> None:
    page = Template("{% load frame %}{% once it=it %}{{ it|join:' ' }}{% endonce %}")
    for it in (["a", "b"], ["a", "<"], [mark_safe("<")], ["a", ["b"]], {"a": 1}, {"b": 1}):
        fresh = Template("{{ it|join:' ' }}")
        assert shown(page, it=it) == shown(page, it=it) == shown(fresh, it=it)


def test_once_speaks_the_language_of_the_page() -> None:
    page = Template(
        "{% load frame i18n %}{% once %}{% get_current_language as it %}{{ it }}{% endonce %}"
    )
    said = []
    for language in ("en-gb", "ar", "en-gb"):
        with override(language):
            said.append(shown(page))
    assert said == ["en-gb", "ar", "en-gb"]


def test_once_stops_keeping_and_goes_on_showing() -> None:
    page = Template("{% load frame %}{% once it=it %}{{ it }}{% endonce %}")
    for _ in range(2):
        assert [shown(page, it=number) for number in range(100)] == [str(n) for n in range(100)]
