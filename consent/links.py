"""The personal links of families, and the code on a paper form: signed row numbers, nothing else."""

from django.urls import reverse

from schoolsafe.lib import links, tokens

PURPOSE = "consent"
# On paper for everybody to see: it opens a page for staff, and never a family's.
FORM = "consent_form"
YEAR = "year"


def token(request_id: int, version: int) -> str:
    """Return the token of a request's link; a reminder repeats the same."""
    return tokens.sign(PURPOSE, request_id, version)


def read(text: str) -> tuple[int, int]:
    """Return request and version of a token; raises tokens.BadToken on any that is not ours."""
    request_id, version = tokens.read(PURPOSE, text, parts=2)
    return request_id, version


def page(request_id: int, version: int) -> str:
    """Return the full address of the page behind a request's link."""
    return links.absolute(reverse("consent:ask", args=[token(request_id, version)]))


def form_page(form_id: int) -> str:
    """Return the full address of the page on which staff key in a paper form."""
    return links.absolute(reverse("consent:form", args=[tokens.sign(FORM, form_id)]))


def read_form(text: str) -> int:
    """Return the number of a paper form; raises tokens.BadToken on any token that is not one's."""
    [form_id] = tokens.read(FORM, text, parts=1)
    return form_id


def opt_out(request_id: int, version: int) -> str:
    """Return the full address of the page on which a yes to one call is taken back."""
    return links.absolute(reverse("consent:withdraw", args=[token(request_id, version)]))


def year_token(standing_id: int, version: int) -> str:
    """Return the token of a yes for the school year."""
    return tokens.sign(YEAR, standing_id, version)


def read_year(text: str) -> tuple[int, int]:
    """Return the yes and its link's version; raises tokens.BadToken on any that is not ours."""
    standing_id, version = tokens.read(YEAR, text, parts=2)
    return standing_id, version


def year_page(standing_id: int, version: int) -> str:
    """Return the full address of the page of a yes for the school year: it lives as long as that."""
    return links.absolute(reverse("consent:year", args=[year_token(standing_id, version)]))
