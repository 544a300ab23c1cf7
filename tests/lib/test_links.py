import pytest

from schoolsafe.lib import links


@pytest.mark.parametrize("site", ["https://intranet.school", "https://intranet.school/"])
def test_absolute_joins_the_site_and_the_path(settings, site):
    settings.SITE_URL = site
    assert links.absolute("/c/abc/") == "https://intranet.school/c/abc/"


@pytest.mark.parametrize("path", ["", "c/abc/", "//evil.example/", "https://evil.example/"])
def test_absolute_of_anything_but_a_path_is_refused(path):
    with pytest.raises(ValueError, match="begins with one slash"):
        links.absolute(path)
