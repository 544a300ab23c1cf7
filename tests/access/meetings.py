"""The addresses of calls: planned by the host with the co-host, shared with two families, one open."""

from typing import Any

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from meetings import links, policy, services
from meetings.models import Incident, Participant
from meetings.services import Ending
from tests import factories
from tests.access.table import CAST, Facts, Page, everybody, only, staff
from tests.meetings import calls
from tests.meetings.invitations import invited
from tests.meetings.teams_reports import file, guest

LEADERS = ("deputy", "lead", "head")
SEE = ("host", *LEADERS, "office")


def make(facts: Facts) -> Facts:
    host: Any = facts["host"]
    co_host: Any = facts["co_host"]
    families = []
    for name in ("Amy", "Ben"):
        pupil = factories.make_pupil(name, "Adams")
        families.append((factories.make_guardian(pupil), pupil))
    shared = calls.shared(host, families, co_hosts=[co_host])
    opened = calls.opened(host, families, co_hosts=[co_host])
    agreed = calls.agreed(host, families, co_hosts=[co_host])
    removed = families[1][1]
    with time_machine.travel(opened.starts_at, tick=False):
        services.remove(opened, by=host, pupil_id=removed.pk, reason="Shouting.")
    ended = calls.opened(host, families, co_hosts=[co_host])
    with time_machine.travel(ended.ends_at, tick=False):
        ended = services.end(ended, by=host)
    recorded = calls.opened(host, families, co_hosts=[co_host], is_recorded=True)
    with time_machine.travel(recorded.ends_at, tick=False):
        kept = Ending(was_recorded=True, recording_kept_at="x", destroy_by=recorded.ends_at.date())
        recorded = services.close(recorded, by=host, how=kept)
    over = calls.opened(host, families, co_hosts=[co_host])
    with time_machine.travel(over.ends_at, tick=False):
        services.end(over, by=host)
        services.bring_report(over, by=host, data=file([guest("iPad", 0, 60)]))
    draft = calls.planned(host, [pupil for _, pupil in families], co_hosts=[co_host])
    incident = Incident.objects.create(
        meeting=shared, kind=policy.IncidentKind.UNCLOSED.value, raised_at=shared.ends_at
    )
    guardian, pupil = families[0]
    place = calls.place(shared, pupil)
    return {
        "shared": shared,
        "opened": opened,
        "ended": ended,
        "recorded": recorded,
        "agreed": agreed,
        "draft": draft,
        "over": over,
        "key": Participant.objects.get().key,
        "incident": incident,
        "pupil": pupil,
        "removed": removed,
        "guardian": guardian,
        "request": shared.question.requests.filter(guardian=guardian).get(),
        "join": links.personal(place.pk, guardian.pk, place.link_version).split("/")[-2],
        "class": links.for_class(shared.pk, shared.class_link_version).split("/")[-2],
    }


def of(name: str, **more: str) -> Any:
    """The row of this name, and others beside it."""

    def args(facts: Facts) -> dict[str, Any]:
        row: Any = facts[name]
        others = {key: facts[value].pk for key, value in more.items()}  # type: ignore[attr-defined]
        return {"pk": row.pk, **others}

    return args


def posted(facts: Facts) -> dict[str, object]:
    guardian: Any = facts["guardian"]
    return {"channel": "parent_hub", "guardian": guardian.pk}


def seen(*names: str, gets: int | str = 200, others: int = 403) -> str:
    """These get it, others who see the call are refused; to the rest it does not exist."""
    codes = dict(zip(CAST, only(*SEE, gets=others, others=404).split(), strict=True))
    return " ".join(str(gets) if name in names else codes[name] for name in CAST)


PLAN = ("host", "colleague", *LEADERS)
COPY = " ".join(
    "404" if name == "colleague" else code
    for name, code in zip(CAST, only(*PLAN).split(), strict=True)
)
MARK = {"kind": "muted"}
# Of none of the calls.
FRESH_LINK = calls.LINK.replace(calls.THREAD_ID, "ZnJlc2g")
# On the page of the running call a refusal is a sentence on the page itself: nothing has changed.
TOLD = 302

ACCESS = {
    "meetings:list": Page(staff()),
    "meetings:calendar": Page(staff()),
    "meetings:plan": Page(only(*PLAN)),
    "meetings:plan_series": Page(only(*PLAN)),
    "POST meetings:plan_invitation": Page(only(*PLAN, gets=422)),
    "POST meetings:verdict": Page(only(*PLAN)),
    "POST meetings:choose": Page(only(*PLAN)),
    "meetings:figures": Page(only(*LEADERS, "chair", "governor")),
    "meetings:figures_csv": Page(only(*LEADERS, "chair", "governor")),
    "meetings:figures_pdf": Page(only(*LEADERS, "chair", "governor")),
    "meetings:incidents": Page(only(*LEADERS)),
    "POST meetings:settle": Page(
        only(*LEADERS, gets="302+"), of("incident"), lambda facts: {"note": "Rang."}
    ),
    "meetings:detail": Page(seen(*SEE), of("shared")),
    # Whoever sees a call and may plan one; the office sees it, and plans none.
    "meetings:copy": Page(COPY, of("shared")),
    "meetings:own_entry": Page(seen("host"), of("shared")),
    "meetings:revise": Page(seen("host"), of("shared")),
    "POST meetings:revise_verdict": Page(seen("host"), of("shared")),
    "POST meetings:revise_choose": Page(seen("host"), of("shared")),
    "POST meetings:set_link": Page(
        seen("host", gets="302+"), of("draft"), lambda facts: {"link": FRESH_LINK}
    ),
    "POST meetings:read_invitation": Page(seen("host", gets=422), of("draft")),
    "POST meetings:take_invitation": Page(
        seen("host", gets="302+"),
        of("draft"),
        lambda facts: {"read": invited(FRESH_LINK).seal(), "times": "keep"},
    ),
    "meetings:teams": Page(seen(*SEE), of("shared")),
    # Graph is off: whoever may is told so.
    "POST meetings:teams_create": Page(seen(), of("draft")),
    "POST meetings:teams_create_all": Page(seen(), of("draft")),
    "POST meetings:teams_check": Page(seen(), of("shared")),
    "POST meetings:teams_set_right": Page(seen(), of("shared")),
    "POST meetings:teams_try_again": Page(seen("host", gets=302), of("draft")),
    "POST meetings:teams_forgo": Page(seen(), of("draft")),
    "POST meetings:leaked": Page(
        seen("host", *LEADERS, "office", gets="302+"), of("shared"), lambda facts: {"what": "all:1"}
    ),
    "POST meetings:ask": Page(seen("host", gets="302+"), of("draft")),
    "POST meetings:ask_series": Page(seen("host", gets="302+"), of("draft")),
    "POST meetings:print_forms": Page(seen("host", *LEADERS, "office", gets="200+"), of("shared")),
    "POST meetings:cancel": Page(seen("host", *LEADERS, gets="302+"), of("shared")),
    "meetings:share": Page(seen("host"), of("shared")),
    "POST meetings:share_by_email": Page(seen("host", gets="302+"), of("agreed")),
    "POST meetings:share_by_hand": Page(seen("host", gets="302+"), of("agreed")),
    "POST meetings:posted": Page(seen("host", gets="302+"), of("shared"), posted),
    "POST meetings:posted_class": Page(seen("host", gets="302+"), of("shared"), posted),
    "meetings:live": Page(seen(*SEE), of("opened")),
    "meetings:register": Page(seen(*SEE), of("opened")),
    # Two days before the call: too early for anybody.
    "POST meetings:confirm": Page(
        seen(),
        of("shared"),
        lambda facts: {"items": ["background", "conduct", "participants", "one_room"]},
    ),
    "POST meetings:open_door": Page(seen("host", gets=302, others=TOLD), of("shared")),
    "POST meetings:admit": Page(seen("host", gets=302, others=TOLD), of("opened")),
    "POST meetings:mark": Page(
        seen("host", gets="302+", others=TOLD),
        lambda facts: {**of("opened", pupil_id="pupil")(facts), **MARK},
    ),
    "POST meetings:remove": Page(
        seen("host", gets="302+"),
        of("opened", pupil_id="pupil"),
        lambda facts: {"reason": "He asked to go."},
    ),
    "POST meetings:let_back": Page(
        seen("host", gets="302+"),
        of("opened", pupil_id="removed"),
        lambda facts: {"reason": "She is calm again."},
    ),
    "POST meetings:unknown": Page(
        seen("host", gets="302+", others=TOLD), of("opened"), lambda facts: {"name": "iPad 4"}
    ),
    "POST meetings:drop_out": Page(
        seen("host", gets="302+", others=TOLD), of("opened", staff_id="co_host")
    ),
    "POST meetings:come_back": Page(
        seen("host", gets=302, others=TOLD), of("opened", staff_id="co_host")
    ),
    "POST meetings:call_reserve": Page(
        seen("host", gets=302, others=TOLD), of("opened", staff_id="co_host")
    ),
    "POST meetings:wait": Page(seen("host", gets=302, others=TOLD), of("opened")),
    "meetings:name": Page(seen("host"), of("opened", pupil_id="pupil")),
    "meetings:cover": Page(seen("host", *LEADERS), of("opened")),
    "POST meetings:end_with_one": Page(seen(), of("opened")),
    "POST meetings:looked": Page(
        seen("host", *LEADERS, gets="302+"),
        lambda facts: {**of("ended")(facts), "found": "somebody"},
    ),
    "POST meetings:destroyed": Page(
        seen("host", *LEADERS, gets="302+", others=302), of("recorded")
    ),
    "POST meetings:end": Page(seen("host", *LEADERS, gets="302+"), of("opened")),
    "meetings:close": Page(seen("host"), of("shared")),
    "meetings:attendance": Page(seen("host", *LEADERS), of("over")),
    "POST meetings:attendance": Page(
        seen("host", *LEADERS, gets="302+"),
        of("over"),
        lambda facts: {"report": SimpleUploadedFile("r.csv", file([guest("Phone", 0, 60)]))},
    ),
    # Graph is off: whoever may is told so.
    "POST meetings:attendance_search": Page(seen(), of("over")),
    "POST meetings:recognise": Page(
        seen("host", *LEADERS, gets="302+"),
        of("over"),
        lambda facts: {"key": facts["key"], "who": "nobody"},
    ),
    "meetings:join": Page(everybody(200), lambda facts: {"token": facts["join"]}),
    "meetings:class_page": Page(everybody(200), lambda facts: {"token": facts["class"]}),
}
