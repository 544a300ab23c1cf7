import io
import logging

import pytest

from schoolsafe.lib import logs, tokens

TOKEN = "MTIuMw.Zk3q0Tn7vGZr2b1yQnWc8mT5xJp4LsHd9uEoVaKfRiY"


@pytest.fixture
def lines():
    """A logger with our filter on its handler, and what it wrote."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(logs.MaskTokens())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, out.getvalue


def test_token_here_has_the_shape_of_a_real_one(settings):
    settings.LINK_KEYS = ["k" * 40]
    payload, signature = tokens.sign("join", 12, 3).split(".")
    assert (len(payload), len(signature)) == tuple(map(len, TOKEN.split(".")))


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (f"GET /c/{TOKEN}/ HTTP/1.1", "GET /c/*** HTTP/1.1"),
        (f"GET /j/{TOKEN}/?from=mail HTTP/1.1", "GET /j/*** HTTP/1.1"),
        ("Not Found: /k/any-other-thing/", "Not Found: /k/***"),
        ("GET /accounts/password/reset/key/1-d3d3-abc/", "GET /accounts/password/reset/key/***"),
        ("?next=%2Faccounts%2Fconfirm-email%2FMQ:abc", "?next=%2Faccounts%2Fconfirm-email%2F***"),
        ("GET /accounts/password/reset/ 200", "GET /accounts/password/reset/ 200"),
        (f"https://intranet.school/video/c/{TOKEN}/answer/", "https://intranet.school/video/c/***"),
        (
            f'"GET /accounts/login/?next=/c/{TOKEN}/ HTTP/1.1" 200',
            '"GET /accounts/login/?next=/c/*** HTTP/1.1" 200',
        ),
        (f"?next=%2Fc%2F{TOKEN}%2F", "?next=%2Fc%2F***"),
        (f"?next=%2fj%2f{TOKEN}", "?next=%2fj%2f***"),
        (f"?next=%252Fk%252F{TOKEN}", "?next=%252Fk%252F***"),
        (f"token {TOKEN}, twice {TOKEN}", "token ***, twice ***"),
        (f"?t={TOKEN}&x=1", "?t=***&x=1"),
        ("GET /meetings/12/ HTTP/1.1", "GET /meetings/12/ HTTP/1.1"),
        ("/concerns/ and /accounts/ and a.b", "/concerns/ and /accounts/ and a.b"),
    ],
)
def test_mask_hides_what_is_behind_a_link_and_nothing_else(line, masked):
    assert logs.mask(line) == masked


def test_record_token_in_the_message_is_masked(lines):
    logger, written = lines
    logger.info(f"seen /c/{TOKEN}/")
    assert written() == "seen /c/***\n"


@pytest.mark.parametrize("args", [(f"/c/{TOKEN}/", 404), (f"/c/{TOKEN}/", "404")])
def test_record_token_in_an_argument_is_masked(lines, args):
    logger, written = lines
    logger.warning("%s %s", *args)
    assert written() == "/c/*** 404\n"


def test_record_token_split_between_message_and_argument_is_masked(lines):
    logger, written = lines
    logger.warning("GET /c/%s/ done", TOKEN)
    assert written() == "GET /c/*** done\n"


def test_record_token_in_an_exception_is_masked_all_along_its_chain(lines):
    logger, written = lines
    try:
        try:
            raise KeyError(f"/j/{TOKEN}/")
        except KeyError as fault:
            raise ValueError(f"no such link {TOKEN}") from fault
    except ValueError:
        logger.exception("failed")
    assert TOKEN not in written()
    assert written().splitlines()[0] == "failed"
    assert "KeyError: '/j/***'" in written()
    assert written().splitlines()[-1] == "  ValueError: no such link ***"


def test_record_token_in_the_stack_is_masked(lines):
    logger, written = lines
    record = logger.makeRecord("test", logging.INFO, "f", 1, "stack", (), None)
    record.stack_info = f"Stack:\n  open('/c/{TOKEN}/')"
    logger.handle(record)
    assert written() == "stack\n  Stack:\n    open('/c/***')\n"


def test_record_of_gunicorns_access_log_is_masked(lines):
    logger, written = lines
    atoms = {
        "h": "127.0.0.1",
        "r": f"GET /c/{TOKEN}/?a=1 HTTP/1.1",
        "s": "200",
        "f": f"https://s/j/{TOKEN}/",
    }
    logger.info('%(h)s "%(r)s" %(s)s "%(f)s"', atoms)
    assert written() == '127.0.0.1 "GET /c/*** HTTP/1.1" 200 "https://s/j/***"\n'


def test_record_that_cannot_be_put_together_is_written_masked_and_stops_nobody(lines):
    logger, written = lines
    logger.info("%d of %s", f"/c/{TOKEN}/")
    assert written() == "%d of %s ('/c/***',)\n"


@pytest.mark.parametrize("sign", ["\n", "\r", "\x1b", "\x85", "\u2028", "\0"])
def test_no_line_is_begun_by_what_somebody_sent(lines, sign):
    """ASVS 16.4.1: gunicorn writes the path as it was meant, not as it was sent."""
    logger, written = lines
    forged = f"/x{sign}2026-09-15 14:00:00,000 INFO audit all is well"
    logger.info('%(h)s "GET %(U)s"', {"h": "203.0.113.5", "U": forged})
    logger.info("of %s", forged)
    assert sign not in written().replace("\n203", "").replace("\nof", "").rstrip("\n")
    assert len(written().splitlines()) == 2


def test_no_line_of_a_traceback_begins_like_a_line_of_the_log(lines):
    logger, written = lines
    try:
        raise ValueError("no\n2026-09-15 14:00:00,000 INFO audit all is well\x1b[2J")
    except ValueError:
        logger.exception("failed")
    first, *others = written().splitlines()
    assert first == "failed"
    assert {line[:2] for line in others} == {"  "}
    assert "\x1b" not in written()


def test_django_request_line_of_a_missing_page_is_masked(lines, rf):
    logger, written = lines
    request = rf.get(f"/c/{TOKEN}/", {"next": f"/j/{TOKEN}/"})
    extra = {"status_code": 404, "request": request}
    logger.warning("%s: %s", "Not Found", request.get_full_path(), extra=extra)
    assert written() == "Not Found: /c/***\n"


# --- Answers that are expected --------------------------------------------------------------------
def request_line(status: int) -> tuple[str, str]:
    """The level and the whole text of what is logged of an answer with a traceback that names."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger = logging.Logger("django.request")
    logger.addFilter(logs.Calm())
    logger.addHandler(handler)
    try:
        raise PermissionError("Maya Okafor")
    except PermissionError as fault:
        extra = {"status_code": status}
        logger.warning("Answered: %s", "/records/", extra=extra, exc_info=fault)
    level, _, rest = out.getvalue().partition(" ")
    return level, rest


@pytest.mark.parametrize("status", [403, 422])
def test_expected_answer_is_one_calm_line_without_names(status):
    assert request_line(status) == ("INFO", "Answered: /records/\n")


@pytest.mark.parametrize("status", [400, 404, 500])
def test_every_other_answer_keeps_its_weight_and_its_traceback(status):
    level, text = request_line(status)
    assert (level, "Traceback" in text, "Maya Okafor" in text) == ("WARNING", True, True)


@pytest.mark.parametrize(
    ("status", "passes"), [("200", True), ("403", False), ("404", True), ("422", False)]
)
def test_server_says_nothing_twice(status, passes):
    args = ("POST /consent/1/check/ HTTP/1.1", status, "12")
    record = logging.LogRecord("django.server", logging.WARNING, "", 1, '"%s" %s %s', args, None)
    assert logs.Calm().filter(record) is passes
    bare = logging.LogRecord("django.server", logging.INFO, "", 1, "Starting", None, None)
    assert logs.Calm().filter(bare) is True


def test_line_begins_with_its_instant_in_utc():
    facts = dict(logs.LOGGING["formatters"]["line"])
    assert facts.pop("()") == "schoolsafe.lib.logs.Line"
    record = logging.LogRecord("django", logging.INFO, "", 1, "Up", None, None)
    record.created, record.msecs = 1789477200.25, 250.0
    line = logs.Line(facts["format"], style=facts["style"]).format(record)
    assert line == "2026-09-15T13:00:00.250Z INFO django Up"


def test_it_in_records_without_the_right_is_one_line(it_superuser, staff_client, caplog):
    with caplog.at_level(logging.INFO, logger="django.request"):
        page = staff_client(it_superuser).get("/admin/school/languageapproval/texts/cy/")
    lines = [one for one in caplog.records if one.name == "django.request"]
    assert page.status_code == 403
    assert [(one.levelname, one.exc_info) for one in lines] == [("INFO", None)]
