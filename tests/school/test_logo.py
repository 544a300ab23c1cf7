"""The school's logo: drawn anew, chosen with a reason by those who may, and shown on every page."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, PngImagePlugin

from audit.models import Entry
from school.models import Logo, School, StaffMember
from school.services import choose_logo
from schoolsafe.lib.logos import LARGEST, MOST_BYTES, draw_logo
from schoolsafe.lib.rules import NotAllowed, Overtaken
from schoolsafe.lib.scans import Unfit

SignIn = Callable[..., Client]
PAGE = "/school/settings/logo/"
WHY = "The new sign at the gate."
HIDDEN = "taken at the head's house"


def picture(form: str = "PNG", size: tuple[int, int] = (900, 300), colour: str = "red") -> bytes:
    """A picture with something hidden in it, as a program writes it."""
    made = BytesIO()
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", HIDDEN)
    more = {"pnginfo": notes} if form == "PNG" else {"comment": HIDDEN.encode()}
    Image.new("RGB", size, colour).save(made, format=form, **more)
    return made.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_logo_is_drawn_anew_small_and_without_what_was_hidden_in_it(form: str) -> None:
    assert HIDDEN.encode() in picture(form)
    drawn = draw_logo(picture(form))
    assert HIDDEN.encode() not in drawn
    with Image.open(BytesIO(drawn)) as seen:
        assert (seen.format, seen.size, seen.info) == ("PNG", LARGEST, {})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Choose a PNG or a JPEG."),
        (b"GIF89a" + b"0" * 40, "Choose a PNG or a JPEG."),
        (picture()[:-30], "not whole"),
        (b"0" * (MOST_BYTES + 1), "larger than 1 MB"),
    ],
    ids=["drawing", "gif", "cut off", "too big"],
)
def test_what_is_no_whole_picture_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(Unfit, match=words):
        draw_logo(content)


def test_logo_is_chosen_shown_and_taken_off(
    lead: StaffMember, head: StaffMember, staff_client: SignIn, family: Client
) -> None:
    browser = staff_client(lead)
    assert "<img" not in browser.get("/").content.decode()
    sent = SimpleUploadedFile("logo.exe", picture(), content_type="text/html")
    assert browser.post(PAGE, {"picture": sent, "why": WHY, "seen": "0"}).status_code == 302

    [logo] = Logo.objects.all()
    assert (logo.added_by, logo.why) == (lead, WHY)
    address = f"/school/logo/{logo.digest}.png"
    for page in (browser.get("/"), family.get("/c/no-such-link/")):
        assert f'<img class="logo" src="{address}" alt="">' in page.content.decode()
    shown = family.get(address)
    assert shown.content == draw_logo(picture())
    assert shown["Content-Type"] == "image/png"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Cache-Control"] == "public, max-age=31536000, immutable"
    assert [one.detail for one in Entry.objects.filter(verb="logo.choose")] == [{}]

    choose_logo(b"", by=head, why="It is old.", seen=logo.pk)
    assert School.objects.current().logo == ""
    assert "<img" not in browser.get("/").content.decode()
    assert family.get(address).status_code == 404
    text = browser.get(PAGE).content.decode()
    assert WHY in text
    assert "It is old." in text


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"why": WHY}, "picture"),
        ({"why": ""}, "why"),
        ({"why": WHY, "picture": b"no picture"}, "picture"),
        ({"why": WHY, "takes_off": "on", "picture": picture()}, "picture"),
    ],
)
def test_page_says_beside_the_field_what_is_wrong(
    lead: StaffMember, staff_client: SignIn, said: dict[str, object], field: str
) -> None:
    content = said.get("picture")
    files = {"picture": SimpleUploadedFile("a.png", content)} if isinstance(content, bytes) else {}
    page = staff_client(lead).post(PAGE, {**said, **files, "seen": "0"})
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not Logo.objects.exists()


@pytest.mark.parametrize("who", ["deputy", "host", "office", "it_superuser"])
def test_others_choose_no_logo(who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed, match="Only the designated lead"):
        choose_logo(picture(), by=request.getfixturevalue(who), why=WHY, seen=0)


def test_second_of_two_is_told(lead: StaffMember, head: StaffMember) -> None:
    choose_logo(picture(), by=head, why=WHY, seen=0)
    with pytest.raises(Overtaken):
        choose_logo(picture(colour="blue"), by=lead, why=WHY, seen=0)
    assert Logo.objects.count() == 1
