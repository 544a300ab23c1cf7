import pytest

from audit import selectors
from audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_hooks_of_other_rooms(monkeypatch):
    monkeypatch.setattr(selectors, "_hooks", {})


@pytest.fixture
def trail(write):
    """What anybody may know, and four ways in which an entry tells of a concern."""
    return {
        "meeting": write(),
        "object": write(object="concerns.concern:5"),
        "verb": write(verb="concern.acknowledge", object="notices.ladder:5"),
        "kind": write(verb="notice.send", object="notices.notice:5", kind="concern_alert"),
        "about": write(
            verb="notice.send", object="notices.notice:6", ids=[{"of": "concerns.task:5"}]
        ),
    }


def test_visible_to_without_a_hook_hides_whatever_tells_of_a_concern(trail):
    assert Entry.objects.count() == 5
    assert list(selectors.visible_to(None)) == [trail["meeting"]]


def test_visible_to_with_a_hook_shows_what_the_hook_lets_through(trail):
    seen = []

    def hook(entries, viewer):
        seen.append((set(entries), viewer))
        return entries.filter(object="concerns.concern:5")

    selectors.visibility("concern", hook)
    assert list(selectors.visible_to("a viewer")) == [trail["object"], trail["meeting"]]
    guarded = {entry for name, entry in trail.items() if name != "meeting"}
    assert seen == [(guarded, "a viewer")]


def test_visible_to_with_a_hook_that_lets_nothing_through_hides_all_of_it(trail):
    selectors.visibility("concern", lambda entries, viewer: entries.none())
    assert list(selectors.visible_to(None)) == [trail["meeting"]]


def test_visible_to_with_a_hook_that_returns_too_much_shows_each_entry_once(trail):
    selectors.visibility("concern", lambda entries, viewer: Entry.objects.all())
    assert selectors.visible_to(None).count() == 5


def test_visibility_of_something_unguarded_is_refused():
    with pytest.raises(ValueError, match="No entry is guarded by meetings"):
        selectors.visibility("meetings", lambda entries, viewer: entries)
