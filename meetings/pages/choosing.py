"""Choosing who is on a call: who is ticked, who is found by what was typed, whom one would ask first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from meetings import policy, selectors
from meetings.forms.plan import PlanForm
from school.models import Pupil, TeachingGroup
from school.selectors import Found, find_classes, find_pupils, has_name, in_order, of_classes
from schoolsafe.lib import clock

FOUND_AT_MOST = 12
WORDS = {"pupils": "Pupils", "co_hosts": "Colleagues", "reserves": "Reserves"}
NOBODY = "Nobody of that name."


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One person to tick: their label, and beside it in small type why, or what to think about."""

    value: int
    label: str
    note: str = ""
    caution: str = ""


@dataclass(frozen=True, kw_only=True)
class WholeClass:
    """A class that comes onto the call in one press."""

    value: int
    label: str


@dataclass(frozen=True, kw_only=True)
class Chooser:
    """One field of people: those ticked, a place to type, those found."""

    name: str
    label: str
    find_label: str
    help: str
    errors: Sequence[str]
    typed: str
    chosen: Sequence[Choice]
    found: Sequence[Choice]
    said: str
    classes: Sequence[WholeClass] = ()
    is_open: bool = True


@dataclass(frozen=True, kw_only=True)
class Who:
    """Everybody who is chosen for a call, and who could be."""

    choosers: Sequence[Chooser]

    @property
    def said(self) -> str:
        """Return in words how many are chosen, for who does not see the page."""
        counts = (f"{WORDS[one.name]}: {len(one.chosen)} chosen" for one in self.choosers)
        return ", ".join(counts)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was typed to find people, by field, and whether the whole roll is to be shown."""

    words: dict[str, str]
    is_everybody: bool = False
    # While one chooses, what is still missing is no fault.
    is_asked: bool = False


def who(form: PlanForm, now: datetime, wanted: Wanted) -> Who:
    """Return who is on the call as typed so far and who could be, in a fixed number of queries."""
    return Who(choosers=[_pupils(form, wanted), *staff(form, now, wanted).choosers])


def staff(form: PlanForm, now: datetime, wanted: Wanted) -> Who:
    """Return the adults alone: at another time others are free."""
    call = form.around(now)
    colleagues = selectors.colleagues_around(call)
    closed = selectors.closed_because(clock.local(call.starts_at).date())
    names = ("co_hosts", "reserves")
    return Who(choosers=[_staff(form, name, colleagues, wanted, closed) for name in names])


def class_of(form: PlanForm, pk: int) -> list[int]:
    """Return the pupils of a class whom the person who types may invite."""
    return list(form.offered.filter(teaching_groups=pk).values_list("pk", flat=True))


def only_one_found(form: PlanForm, words: str) -> list[int]:
    """Return the pupil whom these words mean if they can mean one only."""
    found = find_pupils(form.offered, words, chosen=form.chosen("pupils"), most=2).pupils
    return [pupil.pk for pupil in found] if len(found) == 1 else []


def _pupils(form: PlanForm, wanted: Wanted) -> Chooser:
    typed, chosen = wanted.words.get("pupils", ""), form.chosen("pupils")
    these = find_pupils(form.offered, typed, chosen=chosen)
    if wanted.is_everybody:
        these = Found(pupils=list(form.offered.exclude(pk__in=chosen)))
    classes = _classes(form, typed, chosen)
    return _chooser(
        form,
        "pupils",
        wanted,
        find_label="Find a pupil by name, year or class",
        chosen=[_pupil(pupil) for pupil in in_order(form.offered, chosen)],
        found=[_pupil(pupil) for pupil in these.pupils],
        said=_said(typed, len(these.pupils), these.more, has_class=bool(classes)),
        classes=classes,
    )


def _pupil(pupil: Pupil) -> Choice:
    """Return a pupil with year and class: two children of one name are told apart (E11)."""
    classes = ", ".join(group.name for group in pupil.teaching_groups.all())
    return Choice(value=pupil.pk, label=pupil.full_label, note=classes)


def _classes(form: PlanForm, typed: str, chosen: Sequence[int]) -> list[WholeClass]:
    """Return one's own classes, or those found, each as one press for those who are not chosen yet."""
    if typed.strip():
        groups = find_classes(TeachingGroup.objects.all(), typed)
    else:
        groups = list(TeachingGroup.objects.filter(staff=form.by))
    pupils = of_classes(form.offered, groups)
    counts = [(group, len(pupils[group.pk] - set(chosen))) for group in groups]
    return [
        WholeClass(value=group.pk, label=f"Whole class {group} ({count})")
        for group, count in counts
        if count
    ]


def _staff(
    form: PlanForm,
    name: str,
    colleagues: Sequence[policy.Colleague],
    wanted: Wanted,
    closed: str,
) -> Chooser:
    typed, chosen = wanted.words.get(name, ""), form.chosen(name)
    by_number = {one.staff_id: one for one in colleagues}
    taken = {*form.chosen("co_hosts"), *form.chosen("reserves")}
    rest = [one for one in colleagues if one.staff_id not in taken and not one.is_barred]
    home = form.host.household
    if typed.strip():
        found = [_colleague(one, home) for one in rest if has_name(one.name, typed)]
        said = _said(typed, len(found[:FOUND_AT_MOST]), len(found) - FOUND_AT_MOST)
    else:
        found = [
            Choice(value=one.staff_id, label=one.name, note=one.why, caution=one.caution)
            for one in policy.suggested(rest, host_household=home, closed_because=closed)
        ]
        said = f"Nobody is suggested: {closed}." if closed else ""
    return _chooser(
        form,
        name,
        wanted,
        find_label="Find a colleague" if name == "co_hosts" else "Find a reserve",
        chosen=[_colleague(by_number[pk], home) for pk in chosen if pk in by_number],
        found=found[:FOUND_AT_MOST],
        said=said,
        is_open=name == "co_hosts" or bool(chosen or typed),
    )


def _colleague(one: policy.Colleague, home: str) -> Choice:
    caution = "of the host's household" if policy.shares_home(one.household, home) else ""
    return Choice(
        value=one.staff_id,
        label=one.name,
        note="" if one.busy_because else "free then",
        caution=one.busy_because or caution,
    )


def _said(typed: str, found: int, more: int, *, has_class: bool = False) -> str:
    """Return in words what was found."""
    if not typed.strip():
        return ""
    if not found:
        return "" if has_class else NOBODY
    told = f"{found} found."
    return f"{told} {more} more: type more of the name." if more > 0 else told


def _chooser(
    form: PlanForm,
    name: str,
    wanted: Wanted,
    *,
    find_label: str,
    chosen: Sequence[Choice],
    found: Iterable[Choice],
    said: str,
    classes: Sequence[WholeClass] = (),
    is_open: bool = True,
) -> Chooser:
    field = form[name]
    return Chooser(
        name=name,
        label=str(field.label),
        find_label=find_label,
        help=str(field.help_text),
        errors=[] if wanted.is_asked else [str(fault) for fault in field.errors],
        typed=wanted.words.get(name, ""),
        chosen=chosen,
        found=list(found),
        said=said,
        classes=classes,
        is_open=is_open,
    )
