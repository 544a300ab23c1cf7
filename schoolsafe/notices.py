"""The letters of an account: a link for a new password, and what has changed."""

from datetime import date, datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from notices.kinds import (
    Kind,
    Letter,
    Unwanted,
    Urgency,
    Watch,
    register,
    register_watch,
    render,
)
from notices.models import Notice
from school import services
from school.models import School, StaffMember
from school.selectors import Contact, has_old_sessions
from schoolsafe.lib import clock
from schoolsafe.lib.links import absolute

# What happened to an account, by allauth's name for it.
CHANGES = {
    "password_changed": "The password was changed.",
    "password_reset": "The password was set anew through a link in an e-mail.",
    "password_set": "A password was set.",
    "totp_activated": "An authenticator app was set up as the second factor.",
    "totp_deactivated": "The authenticator app was taken off as a second factor.",
    "webauthn_added": "A passkey or security key was added.",
    "webauthn_removed": "A passkey or security key was removed.",
    "recovery_codes_generated": "New recovery codes were made. The old ones no longer work.",
    "address_changed": "Your e-mail address for signing in is this one now.",
    "address_moved": "Your e-mail address for signing in is not this one any more.",
    "opened_again": "The account was opened again after it had been closed.",
    "factor_taken_off": "Your second factor was taken off. You are signed out everywhere.",
    "signed_out": "You were signed out of every browser. Sign in again to go on.",
    "microsoft_tied": "It was tied to the Microsoft account with the object id {account}: whoever signs "
    "in with that is you here. Is it not yours?",
    "microsoft_untied": "Your Microsoft account opens it no longer.",
}
# What changes who may read concerns.
ACCESS = {
    "role_given": "{person} was given the role {role}{day}.",
    "role_ends": "The role {role} of {person} ends with {day}.",
    "role_taken": "The role {role} was taken from {person}.",
    "closed": "The account of {person} was closed.",
    "opened": "The account of {person} was opened again.",
    "moved": "The e-mail address of {person} was changed.",
    "microsoft_tied": "The account of {person} was tied to a Microsoft account, which opens it now.",
    "microsoft_untied": "No Microsoft account opens the account of {person} any longer.",
}


def _password_reset(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Write the letter with a fresh link, unless the wish is older than the link would live."""
    if now - notice.due_at > timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT):
        return Unwanted("asked for too long ago")
    user = _person(notice).user
    key = default_token_generator.make_token(user)
    path = reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key}
    )
    return _letter("account/mail/password_reset", notice, reset_url=absolute(path))


def _changed(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Write what has changed, and what to do if it was somebody else."""
    change = CHANGES.get(str(notice.detail["what"]), "Something about the account has changed.")
    change = change.replace("{account}", str(notice.detail.get("account") or "that was named"))
    by = StaffMember.objects.filter(pk=notice.detail.get("by")).first()
    return _letter(
        "account/mail/changed", notice, change=change, by=by.name if by else "", at=notice.due_at
    )


def _first_factor(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Ask a leader to make sure that it was the person themselves."""
    person = StaffMember.objects.get(pk=notice.detail["person"])
    return _letter("account/mail/first_factor", notice, person=person.name, at=notice.due_at)


def _access(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell somebody who answers for concerns that others may read them now, or no longer."""
    person = StaffMember.objects.get(pk=notice.detail["person"])
    by = StaffMember.objects.filter(pk=notice.detail["by"]).first()
    words, said = ACCESS[str(notice.detail["what"])], notice.detail
    change = words.format(person=person.name, role=said["role"], day=said.get("day", ""))
    return _letter(
        "account/mail/access", notice, change=change, by=by.name if by else "", at=notice.due_at
    )


def _supply(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell supply staff from when until when they have an account, and where its password is set."""
    person = _person(notice)
    if person.works_from is None or person.works_until is None or not person.user.is_active:
        return Unwanted("not expected any more")
    return _letter(
        "account/mail/supply",
        notice,
        first_day=clock.date_in_words(person.works_from),
        last_day=clock.date_in_words(person.works_until),
        reset_page=absolute(reverse("account_reset_password")),
    )


def _supply_checked(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell a leader who let somebody in as supply staff who counts as an adult on calls."""
    said = notice.detail
    first, last = (date.fromisoformat(str(said[day])) for day in ("from", "until"))
    return _letter(
        "account/mail/supply_checked",
        notice,
        person=StaffMember.objects.get(pk=said["person"]).name,
        by=StaffMember.objects.get(pk=said["by"]).name,
        checked_by=StaffMember.objects.get(pk=said["checked_by"]).name,
        first_day=clock.date_in_words(first),
        last_day=clock.date_in_words(last),
    )


def _letter(template: str, notice: Notice, **context: object) -> Letter:
    """Write a letter to the person the notice is for."""
    facts = {"school": School.objects.current(), "name": _person(notice).name}
    return render(template, facts | context)


def _person(notice: Notice) -> StaffMember:
    """Return the person the notice is for, be it to an address that was theirs."""
    pk = notice.staff_id or notice.detail.get("person", 0)
    return StaffMember.objects.select_related("user").get(pk=pk)


register(
    Kind(
        name="account_password_reset",
        urgency=Urgency.NOW,
        template="account/mail/password_reset",
        compose=_password_reset,
        keep_text=False,
        sensitive=True,
        label="A link for a new password",
    )
)
register(
    Kind(
        name="account_changed",
        urgency=Urgency.NOW,
        template="account/mail/changed",
        compose=_changed,
        label="Something about an account changed",
    )
)
register(
    Kind(
        name="account_first_factor",
        urgency=Urgency.NOW,
        template="account/mail/first_factor",
        compose=_first_factor,
        label="Somebody who reads concerns set up a second factor",
    )
)
register(
    Kind(
        name="account_moved",
        urgency=Urgency.NOW,
        template="account/mail/changed",
        compose=_changed,
        label="The address of an account changed, to the old one",
    )
)
register(
    Kind(
        name="account_supply",
        urgency=Urgency.NOW,
        template="account/mail/supply",
        compose=_supply,
        label="Supply staff have an account",
    )
)
register(
    Kind(
        name="account_supply_checked",
        urgency=Urgency.NOW,
        template="account/mail/supply_checked",
        compose=_supply_checked,
        label="Supply staff count as an adult on calls",
    )
)
register(
    Kind(
        name="account_access",
        urgency=Urgency.NOW,
        template="account/mail/access",
        compose=_access,
        label="Who may read concerns changed",
    )
)


def _forget(_number: int, now: datetime) -> None:
    services.forget_old(now=now)


register_watch(
    Watch(
        name="sessions",
        turned=lambda now: [0] if has_old_sessions(now=now) else [],
        see_to=_forget,
    )
)
