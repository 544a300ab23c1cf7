"""Every shape of Teams link that exists, and every trick that must not pass for one (P4)."""

import json
import pickle
import re
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from meetings.teams import JoinLink, LinkKind, LinkRefusal, LinkRefused, parse_join_link
from meetings.teams.refusals import SENTENCES

TENANT = "6f1c2d3e-0a1b-4c2d-8e3f-112233445566"
ORGANISER = "0e9d8c7b-6a5f-4e3d-9c2b-665544332211"
OTHER = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
MEETING = "meeting_NjU0MzIxMDAtMTIzNC00YWJjLTk4NzYtYWJjZGVmMDEyMzQ1"
THREAD = f"19:{MEETING}@thread.v2"
CODED = f"19%3a{MEETING}%40thread.v2"
CONTEXT = f"%7b%22Tid%22%3a%22{TENANT}%22%2c%22Oid%22%3a%22{ORGANISER}%22%7d"
JOIN = f"/l/meetup-join/{CODED}/0?context={CONTEXT}"
MEET = "/meet/3851234567890?p=Ab3dEf6hIj9lMn2pQr"
HOST = "https://teams.microsoft.com"
CLASSIC = HOST + JOIN
SHORT = HOST + MEET

CLASSIC_LINK = JoinLink(CLASSIC, LinkKind.CLASSIC, TENANT, ORGANISER, THREAD)
SHORT_LINK = JoinLink(SHORT, LinkKind.SHORT, None, None, "3851234567890")

INVITATION = f"""Microsoft Teams meeting
Meeting options: {HOST}/meetingOptions/?organizerId={ORGANISER}
Join: {SHORT}
Meeting ID: 385 123 456 789 0
Passcode: xY7zK2
System reference: {CLASSIC}
"""


def wrapped(link: str, path: str = "/", label: str = "eur02") -> str:
    """Wrap a link as Outlook does; `data` holds the reader's address."""
    data = quote("05|02|a.teacher@school.example|0|0|Unknown", safe="")
    host = f"https://{label}.safelinks.protection.outlook.com"
    return f"{host}{path}?url={quote(link, safe='')}&data={data}&sdata=abc%3D&reserved=0"


def launcher(target: str) -> str:
    """Wrap a path as the launcher page does."""
    page = f"{HOST}/dl/launcher/launcher.html"
    return f"{page}?url={quote('/_#' + target, safe='')}&type=meetup-join&deeplinkId=1&anon=true"


def classic(*, thread: str = CODED, message: str = "0", context: str = CONTEXT) -> str:
    return f"{HOST}/l/meetup-join/{thread}/{message}?context={context}"


def with_context(text: str) -> str:
    return classic(context=quote(text, safe=""))


def refusal_of(text: str, *, tenant_id: str | None = None) -> LinkRefused:
    with pytest.raises(LinkRefused) as caught:
        parse_join_link(text, tenant_id=tenant_id)
    return caught.value


CLASSIC_FORMS = {
    "shape 1": CLASSIC,
    "shape 1, not encoded": f'{HOST}/l/meetup-join/{THREAD}/0?context={{"Tid":"{TENANT}","Oid":"{ORGANISER}"}}',
    "shape 1, escapes in capitals": CLASSIC.replace("%3a", "%3A").replace("%7b", "%7B"),
    "shape 1, identifiers in capitals": CLASSIC.replace(TENANT, TENANT.upper()),
    "shape 1, identifiers the other way": with_context(f'{{"Oid":"{ORGANISER}","Tid":"{TENANT}"}}'),
    "shape 1, spaced out": with_context(f'{{ "Tid": "{TENANT}", "Oid": "{ORGANISER}" }}'),
    "shape 1, not a live event": with_context(
        f'{{"Tid":"{TENANT}","Oid":"{ORGANISER}","IsBroadcastMeeting":false}}'
    ),
    "shape 1, extras": CLASSIC + "&anon=true&deeplinkId=2e1f&anon=true#fragment",
    "shape 1, port": CLASSIC.replace(".com/", ".com:443/"),
    "shape 1, empty port": CLASSIC.replace(".com/", ".com:/"),
    "shape 1, capitals": CLASSIC.replace(HOST, "HTTPS://Teams.Microsoft.COM"),
    "shape 6": f"https://teams.cloud.microsoft{JOIN}",
    "shape 7": f"{HOST}/v2/?meetingjoin=true#{JOIN}",
    "shape 7, second fragment": f"{HOST}/v2/?meetingjoin=true#{JOIN}#more",
    "shape 7, older": f"{HOST}/_#{JOIN}",
    "shape 7, newer host": f"https://teams.cloud.microsoft/v2/#{JOIN}",
    "shape 8": launcher(JOIN),
    "shape 8, plain": f"{HOST}/dl/launcher/launcher.html?url={quote(JOIN, safe='')}",
    "shape 12": wrapped(CLASSIC),
    "shape 12, no slash": wrapped(CLASSIC, path=""),
    "shape 12, second path": wrapped(CLASSIC, path="/ap/t-59584e83/"),
    "shape 12, twice": wrapped(wrapped(CLASSIC), label="gbr01"),
    "shape 12 around 8": wrapped(launcher(JOIN)),
    "angle brackets": f"<{CLASSIC}>",
    "spaces and line ends": f"\r\n\t {CLASSIC}\u00a0\n",
    "brackets and a full stop": f"({CLASSIC}).",
    "quotation marks": f"“{CLASSIC}”,",
}
SHORT_FORMS = {
    "shape 3": SHORT,
    "shape 3, extras": SHORT + "&anon=true#fragment",
    "shape 6": f"https://teams.cloud.microsoft{MEET}",
    "shape 7": f"{HOST}/v2/?meetingjoin=true#{MEET}",
    "shape 8": launcher(MEET),
    "shape 12": wrapped(SHORT),
    "shape 12, second path": wrapped(SHORT, path="/ap/w-59584e83/"),
    "angle brackets": f"<{SHORT}>.",
}


@pytest.mark.parametrize("text", CLASSIC_FORMS.values(), ids=CLASSIC_FORMS.keys())
def test_classic_link_in_any_form_is_stored_in_one(text: str) -> None:
    assert parse_join_link(text, tenant_id=TENANT) == CLASSIC_LINK


@pytest.mark.parametrize("text", SHORT_FORMS.values(), ids=SHORT_FORMS.keys())
def test_short_link_in_any_form_is_stored_in_one(text: str) -> None:
    assert parse_join_link(text, tenant_id=TENANT) == SHORT_LINK


def test_older_thread_suffix_is_kept() -> None:
    link = parse_join_link(CLASSIC.replace("thread.v2", "thread.skype"))
    assert link.meeting_id == f"19:{MEETING}@thread.skype"
    assert link.url == CLASSIC.replace("thread.v2", "thread.skype")


@pytest.mark.parametrize(("text", "proves"), [(CLASSIC, True), (SHORT, False)])
def test_only_the_classic_link_proves_its_tenant(text: str, *, proves: bool) -> None:
    assert parse_join_link(text).proves_tenant is proves


def test_stored_link_keeps_nothing_of_the_safe_links_wrapper() -> None:
    text = wrapped(CLASSIC)
    assert "a.teacher" in text
    assert parse_join_link(text).url == CLASSIC


def test_repr_of_a_link_leaves_out_the_way_in() -> None:
    assert "Ab3dEf6hIj9lMn2pQr" in SHORT_LINK.url
    assert "Ab3dEf6hIj9lMn2pQr" not in repr(SHORT_LINK)


@pytest.mark.parametrize("digits", ["123456789", "123456789012345678"])
def test_short_link_with_nine_to_eighteen_digits_is_taken(digits: str) -> None:
    assert parse_join_link(f"{HOST}/meet/{digits}?p=a").meeting_id == digits


def test_longest_stored_link_fits_a_field_of_500() -> None:
    link = parse_join_link(classic(thread=f"19%3ameeting_{'a' * 200}%40thread.skype"))
    assert len(link.url) == 398


REFUSED = {
    LinkRefusal.NOT_A_URL: {
        "nothing": "",
        "blanks": " \n ",
        "words": "see you at two",
        "digits": "385 123 456 789 0",
        "only brackets": "<>",
        "no scheme": f"teams.microsoft.com{JOIN}",
        "one slash": f"https:/teams.microsoft.com{JOIN}",
        "script": "javascript:alert(1)",
        "odd scheme": f"1https://teams.microsoft.com{JOIN}",
        "label before": f"Join:{CLASSIC}",
        "words before": f"Join: {CLASSIC}",
        "words after": f"{SHORT} Meeting ID: 385 123 456 789 0",
        "two links": f"{SHORT} {CLASSIC}",
        "two lines": f"{SHORT}\n{CLASSIC}",
        "no-break space": f"{SHORT}\u00a0see you",
        "invitation": INVITATION,
        "long invitation": INVITATION * 10,
    },
    LinkRefusal.NOT_HTTPS: {
        "http": f"http://teams.microsoft.com{JOIN}",
        "ftp": f"ftp://teams.microsoft.com{JOIN}",
        "http in Safe Links": wrapped(f"http://teams.microsoft.com{JOIN}"),
        "http around Safe Links": wrapped(CLASSIC).replace("https:", "http:"),
        "shape 13": f"msteams:{JOIN}",
        "shape 13, slashes": f"MSTEAMS://teams.microsoft.com{JOIN}",
    },
    LinkRefusal.NOT_TEAMS: {
        "zoom": "https://us02web.zoom.us/j/85512345678?pwd=abc",
        "meet": "https://meet.google.com/abc-defg-hij",
        "webex": "https://school.webex.com/meet/a.teacher",
        "skype": "https://join.skype.com/abc",
        "whereby": "https://whereby.com/room",
        "number": "https://192.0.2.7/meet/123456789?p=abc",
        "number six": "https://[2001:db8::1]/meet/123456789?p=abc",
        "broken number": "https://[zz/",
        "zoom in Safe Links": wrapped("https://us02web.zoom.us/j/85512345678"),
        "almost Safe Links": "https://a.b.safelinks.protection.outlook.com/?url=x",
    },
    LinkRefusal.LOOKALIKE: {
        "longer": f"https://teams.microsoft.com.evil.com{JOIN}",
        "hyphen": f"https://teams-microsoft.com{JOIN}",
        "zero": f"https://teams.micros0ft.com{JOIN}",
        "one": f"https://join.m1crosoft.net{JOIN}",
        "ell": f"https://join.mlcrosoft.net{JOIN}",
        "r and n": f"https://tearns.example{JOIN}",
        "glued": f"https://evilteams.microsoft.com.{JOIN}",
        "in the path": f"https://evil.com/teams.microsoft.com{JOIN}",
        "in the query": f"https://evil.com/?to={CLASSIC}",
        "in the fragment": f"https://evil.com/#teams.cloud.microsoft{JOIN}",
        "redirect": f"https://urldefense.com/v3/__{CLASSIC}__;!!abc$",
        "Cyrillic": f"https://teаms.microsoft.com{JOIN}",
        "Greek": f"https://teams.micrοsoft.com{JOIN}",
        "full width": f"https://ｔeams.microsoft.com{JOIN}",
        "long s": f"https://teamſ.microsoft.com{JOIN}",
        "ideographic dot": f"https://teams。microsoft。com{JOIN}",
        "full-width slash": f"https://teams.microsoft.com／evil.com{JOIN}",
        "account of": f"https://evil.com℀teams.microsoft.com{JOIN}",
        "punycode": f"https://xn--tems-53d.example{JOIN}",
        "trailing dot": f"https://teams.microsoft.com.{JOIN}",
        "encoded dot": f"https://teams%2emicrosoft%2ecom{JOIN}",
        "encoded at": f"https://teams.microsoft.com%40evil.com{JOIN}",
        "user": f"https://teams.microsoft.com@evil.com{JOIN}",
        "user and word": f"https://teams.microsoft.com:443@evil.com{JOIN}",
        "user before the right host": f"https://evil@teams.microsoft.com{JOIN}",
        "empty user": f"https://@teams.microsoft.com{JOIN}",
        "personal, longer": "https://teams.live.com.evil.com/meet/123456789",
        "cloud, longer": f"https://teams.cloud.microsoft.evil.com{JOIN}",
        "government, longer": f"https://gov.teams.microsoft.us.evil.com{JOIN}",
        "in Safe Links": wrapped(f"https://teams.microsoft.com.evil.com{JOIN}"),
        "twice in Safe Links": wrapped(wrapped(f"https://teams-microsoft.com{JOIN}")),
        "false Safe Links": wrapped(CLASSIC).replace("outlook.com", "outlook.com.evil.com"),
        "glued Safe Links": wrapped(CLASSIC).replace("eur02.safelinks", "eur02safelinks"),
    },
    LinkRefusal.PERSONAL: {
        "shape 5": "https://teams.live.com/meet/9312345678901?p=abc",
        "shape 5, no passcode": "https://teams.live.com/meet/9312345678901",
        "shape 5, long": f"https://teams.live.com{JOIN}",
        "shape 5, port": "https://teams.live.com:443/meet/9312345678901",
        "in Safe Links": wrapped("https://teams.live.com/meet/9312345678901?p=abc"),
        "personal tenant": CLASSIC.replace(TENANT, "9188040D-6C67-4C5B-B112-36A304B66DAD"),
    },
    LinkRefusal.CHANNEL: {
        "shape 4": classic(thread="19%3aabc123%40thread.tacv2", message="1694000000000"),
        "shape 4, old": classic(thread="19%3aabc123%40thread.skype", message="1694000000000"),
        "shape 4, reply": classic(
            thread="19%3aabc123%40thread.skype",
            context=quote(f'{{"Tid":"{TENANT}","Oid":"{ORGANISER}","MessageId":"1"}}', safe=""),
        ),
        "shape 4, dressed as private": classic(thread=f"19%3a{MEETING}%40thread.tacv2"),
        "shape 4, launcher": launcher(JOIN.replace("thread.v2", "thread.tacv2")),
    },
    LinkRefusal.OTHER_CLOUD: {
        "shape 10, gov": f"https://gov.teams.microsoft.us{JOIN}",
        "shape 10, dod": f"https://dod.teams.microsoft.us{JOIN}",
        "shape 10, bare": f"https://teams.microsoft.us{JOIN}",
        "shape 10, gov.com": f"https://gov.teams.microsoft.com{JOIN}",
        "shape 10, China": f"https://teams.microsoftonline.cn{JOIN}",
        "shape 10, thread": classic(thread=f"19%3agcch%3a{MEETING}%40thread.v2"),
        "shape 10, dod thread": classic(thread=f"19%3adod%3a{MEETING}%40thread.v2"),
    },
    LinkRefusal.NOT_A_JOIN_LINK: {
        "home": f"{HOST}/",
        "no path": HOST,
        "web client": f"{HOST}/v2/",
        "calendar": f"{HOST}/v2/#/calendarv2",
        "channel": f"{HOST}/l/channel/19%3aabc%40thread.tacv2/General",
        "chat": f"{HOST}/l/chat/0/0?users=a@school.example",
        "team": f"{HOST}/l/team/19%3aabc%40thread.tacv2/conversations",
        "message": f"{HOST}/l/message/{CODED}/1694000000000",
        "new meeting": f"{HOST}/l/meeting/new?subject=x",
        "options": f"{HOST}/meetingOptions/?organizerId={ORGANISER}",
        "encoded slash": f"{HOST}/l%2fmeetup-join/{CODED}/0?context={CONTEXT}",
        "shape 9": f"{HOST}/light-meetings/launch?agent=web&coords=eyJtZWV0aW5nQ29kZSI6IjEifQ",
        "shape 11": with_context(
            f'{{"Tid":"{TENANT}","Oid":"{ORGANISER}","IsBroadcastMeeting":true,"role":"a"}}'
        ),
        "call in a chat": classic(thread="19%3aabc123%40thread.v2"),
        "call of two": classic(thread=f"19%3a{TENANT}_{ORGANISER}%40unq.gbl.spaces"),
        "dial-in": "https://dialin.teams.microsoft.com/4a1b?id=1",
        "help": "https://aka.ms/JoinTeamsMeeting?omkt=en-GB",
        "scheduler": f"https://api.scheduler.teams.microsoft.com/teams/{TENANT}/{ORGANISER}/19_x/0",
        "support": "https://support.microsoft.com/teams",
        "launcher in a launcher": launcher("/dl/launcher/launcher.html?url=x"),
        "launcher elsewhere": f"{HOST}/dl/launcher/launcher.html?url=%2f%2fevil.com{quote(JOIN, safe='')}",
    },
    LinkRefusal.MALFORMED: {
        "no server": "https://",
        "too long": SHORT + "&x=" + "a" * 2000,
        "nul": CLASSIC.replace("/0?", "/\x000?"),
        "nul last": CLASSIC + "\x00",
        "line break within": CLASSIC.replace("/0?", "/\n0?"),
        "line separator within": CLASSIC.replace("/0?", "/\u20280?"),
        "tab in the host": f"https://teams.\tmicrosoft.com{JOIN}",
        "zero width": f"https://teams.micro\u200bsoft.com{JOIN}",
        "zero width first": f"\u200b{CLASSIC}",
        "byte order mark": f"\ufeff{CLASSIC}",
        "soft hyphen": f"https://teams.micro\u00adsoft.com{JOIN}",
        "right to left": f"https://\u202emoc.tfosorcim.smaet{JOIN}",
        "isolate": f"{CLASSIC}\u2066",
        "lone surrogate": f"{CLASSIC}\ud800",
        "backslash": f"{HOST}\\@evil.com{JOIN}",
        "port": f"{HOST}:8443{JOIN}",
        "long port": f"{HOST}:99999999{JOIN}",
        "port of words": f"{HOST}:evil.com{JOIN}",
        "two ports": f"{HOST}:443:443{JOIN}",
        "no passcode": f"{HOST}/meet/3851234567890",
        "empty passcode": f"{HOST}/meet/3851234567890?p=",
        "odd passcode": f"{HOST}/meet/3851234567890?p=a%2fb",
        "two passcodes": f"{SHORT}&p=abc",
        "two passcodes, capital": f"{SHORT}&P=abc",
        "eight digits": f"{HOST}/meet/12345678?p=abc",
        "nineteen digits": f"{HOST}/meet/1234567890123456789?p=abc",
        "Arabic digits": f"{HOST}/meet/١٢٣٤٥٦٧٨٩٠?p=abc",
        "letters for digits": f"{HOST}/meet/a.teacher?p=abc",
        "more path": f"{HOST}/meet/3851234567890/x?p=abc",
        "cut after join": f"{HOST}/l/meetup-join",
        "cut after the thread": f"{HOST}/l/meetup-join/{CODED}",
        "cut before the context": f"{HOST}/l/meetup-join/{CODED}/0",
        "cut in the context": CLASSIC[:-20],
        "other message": classic(message="1694000000000"),
        "odd thread": classic(thread=f"18%3a{MEETING}%40thread.v2"),
        "path in the thread": classic(thread=f"19%3a{MEETING}%2f..%40thread.v2"),
        "long thread": classic(thread=f"19%3ameeting_{'a' * 201}%40thread.v2"),
        "encoded twice": CLASSIC.replace("%", "%25"),
        "two contexts": f"{CLASSIC}&context={CONTEXT}",
        "two contexts, capital": f"{CLASSIC}&Context={CONTEXT}",
        "empty context": classic(context=""),
        "context not text": classic(context="%ff%fe"),
        "context of words": classic(context="none"),
        "context of a list": with_context(f'["{TENANT}","{ORGANISER}"]'),
        "context of nothing": with_context("{}"),
        "context not JSON": with_context("{Tid}"),
        "context nested": with_context("[" * 500),
        "context nested objects": with_context('{"Tid":' * 100 + "1" + "}" * 100),
        "no organiser": with_context(f'{{"Tid":"{TENANT}"}}'),
        "no tenant": with_context(f'{{"Oid":"{ORGANISER}"}}'),
        "short tenant": with_context(f'{{"Tid":"{TENANT[:-1]}","Oid":"{ORGANISER}"}}'),
        "tenant a number": with_context(f'{{"Tid":1,"Oid":"{ORGANISER}"}}'),
        "other case": with_context(f'{{"tid":"{TENANT}","Oid":"{ORGANISER}"}}'),
        "two tenants": with_context(f'{{"Tid":"{OTHER}","Tid":"{TENANT}","Oid":"{ORGANISER}"}}'),
        "escaped second tenant": with_context(
            f'{{"Tid":"{OTHER}","\\u0054id":"{TENANT}","Oid":"{ORGANISER}"}}'
        ),
        "more in the context": with_context(
            f'{{"Tid":"{TENANT}","Oid":"{ORGANISER}","MessageId":"0"}}'
        ),
        "unclear live event": with_context(
            f'{{"Tid":"{TENANT}","Oid":"{ORGANISER}","IsBroadcastMeeting":"true"}}'
        ),
        "wrapped three times": wrapped(wrapped(wrapped(SHORT))),
        "wrapped around nothing": "https://eur02.safelinks.protection.outlook.com/?data=x",
        "wrapped around words": wrapped("see you at two"),
        "wrapped around two links": wrapped(f"{SHORT} {CLASSIC}"),
        "two links in the wrapper": wrapped(CLASSIC) + "&url=" + quote(SHORT, safe=""),
        "odd path of the wrapper": wrapped(CLASSIC, path="/redirect"),
        "port on the wrapper": wrapped(CLASSIC).replace(".com/", ".com:443/"),
        "wrapped, encoded twice": wrapped(quote(CLASSIC, safe=":/?=")),
        "two targets of the launcher": launcher(JOIN) + "&url=" + quote(MEET, safe=""),
        "launcher without a target": f"{HOST}/dl/launcher/launcher.html",
        "launcher to a server": f"{HOST}/dl/launcher/launcher.html?url=.evil.com{quote(JOIN)}",
        "launcher to a user": f"{HOST}/dl/launcher/launcher.html?url=@evil.com{quote(JOIN)}",
        "launcher with a line break": f"{HOST}/dl/launcher/launcher.html?url=%2f%23%0a",
    },
}
CASES = [
    pytest.param(reason, text, id=f"{reason}: {name}")
    for reason, texts in REFUSED.items()
    for name, text in texts.items()
]


@pytest.mark.parametrize(("reason", "text"), CASES)
def test_text_that_is_no_join_link_is_refused_with_its_reason(
    reason: LinkRefusal, text: str
) -> None:
    assert refusal_of(text).reason is reason


@pytest.mark.parametrize(("reason", "text"), CASES)
def test_refusal_says_the_mend_and_repeats_nothing(reason: LinkRefusal, text: str) -> None:
    refused = refusal_of(text)
    assert str(refused) == refused.sentence
    assert "opy the link from the Outlook invitation" in refused.sentence
    pasted = {word.lower() for word in re.findall(r"[A-Za-z0-9_-]{12,}", text)}
    assert pasted.intersection(re.findall(r"[a-z0-9_-]+", refused.sentence.lower())) == set()


def test_every_reason_has_a_sentence_and_a_case() -> None:
    assert set(SENTENCES) == set(LinkRefusal)
    assert set(REFUSED) | {LinkRefusal.OTHER_TENANT} == set(LinkRefusal)


def test_sentences_are_short_and_blame_nobody() -> None:
    for sentence in SENTENCES.values():
        assert max(len(part.split()) for part in sentence.split(". ")) <= 20
        assert not re.search("invalid|error|submit|wrong", sentence, re.IGNORECASE)


def test_sentences_never_claim_to_know_a_meet_now() -> None:
    assert [text for text in SENTENCES.values() if "meet now" in text.lower()] == []


def test_refusal_keeps_no_trace_of_the_json_it_could_not_read() -> None:
    refused = refusal_of(with_context("{Tid}"))
    assert (refused.__cause__, refused.__context__) == (None, None)


def test_refusal_survives_a_journey_between_processes() -> None:
    refused = refusal_of("https://meet.google.com/abc")
    copy = pickle.loads(pickle.dumps(refused))  # noqa: S301 - our own bytes
    assert (copy.reason, copy.sentence) == (refused.reason, refused.sentence)


@pytest.mark.parametrize("text", [CLASSIC, wrapped(CLASSIC), launcher(JOIN)])
@pytest.mark.parametrize("tenant_id", [OTHER, "", TENANT[:-1], ORGANISER])
def test_classic_link_of_another_tenant_is_refused(text: str, tenant_id: str) -> None:
    assert refusal_of(text, tenant_id=tenant_id).reason is LinkRefusal.OTHER_TENANT


@pytest.mark.parametrize("tenant_id", [TENANT, TENANT.upper(), f" {TENANT}\n", None])
def test_tenant_is_compared_whatever_its_case(tenant_id: str | None) -> None:
    assert (
        parse_join_link(CLASSIC.replace(TENANT, TENANT.upper()), tenant_id=tenant_id)
        == CLASSIC_LINK
    )


def test_short_link_is_not_refused_for_a_tenant_it_does_not_name() -> None:
    assert parse_join_link(SHORT, tenant_id=OTHER).proves_tenant is False


def check_any_text_is_refused_or_safe(text: str) -> None:
    """The promise of the whole room: a refusal, or a link that leads to Teams and nowhere else."""
    try:
        link = parse_join_link(text)
    except LinkRefused:
        return
    parts = urlsplit(link.url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "teams.microsoft.com", "")
    assert (parts.username, parts.password, parts.port) == (None, None, None)
    assert re.fullmatch(r"[A-Za-z0-9:/?=%._-]{1,398}", link.url)
    assert parse_join_link(link.url) == link
    query = parse_qs(parts.query, strict_parsing=True)
    if link.kind is LinkKind.SHORT:
        assert parts.path == f"/meet/{link.meeting_id}"
        assert list(query) == ["p"]
    else:
        assert json.loads(query["context"][0]) == {"Tid": link.tenant_id, "Oid": link.organiser_id}


ANY_CHARACTER = st.characters()
PIECES = st.sampled_from(
    [CLASSIC, SHORT, HOST, JOIN, MEET, CODED, CONTEXT, TENANT, "https://", "teams.microsoft.com"]
    + ["teams.cloud.microsoft", "teams.live.com", "evil.com", "@", ":", ":443", "/", "//", "\\"]
    + ["?", "#", "&", "=", "%", "%2f", "%00", "context=", "p=", "url=", "/_#", "/v2/#", ".", " "]
    + ["/dl/launcher/launcher.html?url=", "eur02.safelinks.protection.outlook.com", "msteams:"]
    + [
        "<",
        ">",
        "\u200b",
        "\u202e",
        "\n",
        "[",
        "]",
        "{",
        "}",
        '"',
        "/l/meetup-join/",
        "/meet/",
        "0",
    ]
)
WRAPPINGS = st.lists(
    st.sampled_from(
        [wrapped, launcher, lambda text: quote(text, safe=""), lambda text: f"<{text}>."]
    ),
    max_size=3,
)
THOROUGH = settings(max_examples=400, deadline=None)


@given(st.text(ANY_CHARACTER))
@settings(deadline=None)
def test_any_text_is_refused_or_safe(text: str) -> None:
    check_any_text_is_refused_or_safe(text)


@given(st.lists(PIECES | st.text(ANY_CHARACTER, max_size=3), max_size=8).map("".join), WRAPPINGS)
@THOROUGH
def test_any_text_made_of_pieces_of_links_is_refused_or_safe(
    text: str, wrappings: list[Callable[[str], str]]
) -> None:
    assume(text.isascii() or not wrappings)
    for wrap in wrappings:
        text = wrap(text)
    check_any_text_is_refused_or_safe(text)


@given(
    st.sampled_from([*CLASSIC_FORMS.values(), *SHORT_FORMS.values()]),
    st.integers(0, 600),
    st.integers(0, 3),
    PIECES | st.text(ANY_CHARACTER, max_size=3),
)
@THOROUGH
def test_any_good_link_tampered_with_is_refused_or_safe(
    text: str, at: int, removed: int, added: str
) -> None:
    check_any_text_is_refused_or_safe(text[:at] + added + text[at + removed :])


@given(st.text(ANY_CHARACTER, max_size=60), st.sampled_from(["Tid", "Oid", "Extra"]))
@settings(deadline=None)
def test_any_value_in_the_context_is_refused_or_safe(value: str, key: str) -> None:
    pairs = {"Tid": TENANT, "Oid": ORGANISER} | {key: value}
    check_any_text_is_refused_or_safe(with_context(json.dumps(pairs)))


@given(st.from_regex(r"[a-z0-9.@:%_-]{1,12}", fullmatch=True), st.sampled_from([JOIN, MEET]))
@settings(deadline=None)
def test_any_server_with_more_before_or_after_its_name_is_refused(extra: str, path: str) -> None:
    assume(extra not in (":", ":443"))
    for host in (f"teams.microsoft.com{extra}", f"{extra}teams.microsoft.com"):
        assert refusal_of(f"https://{host}{path}").reason in LinkRefusal
