"""How people sign in: accounts come from the staff list, letters go through the one boundary."""

from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from audit import services as audit
from notices import services as notices
from notices.kinds import Draft
from school import roles, services, supply
from school.access import has_just_signed_in
from school.claims import unpacked
from school.models import Session, StaffMember
from school.selectors import BROWSER, SCHOOL, holders
from schoolsafe import browsers, refused
from schoolsafe.lib import agents, clock, encryption
from schoolsafe.refused import Why

TOO_MANY = "There have been too many tries. Wait five minutes, then try again."
# What a page says where allauth has words of its own.
REFUSALS = {
    "account_inactive": "This account is closed. If you still work here, ask the school office.",
    "email_password_mismatch": "The e-mail address or the password is not right. Check both.",
    "enter_current_password": "That is not the password you have now.",
    "incorrect_password": "That is not your password.",
    "invalid_password_reset": "This link no longer works. Ask for a new one.",
    "rate_limited": TOO_MANY,
    "too_many_login_attempts": TOO_MANY,
}
FACTOR_REFUSALS = {
    "cannot_delete_authenticator": "This second factor cannot be taken off here. Ask IT.",
    "cannot_generate_recovery_codes": "Set up the app or a key first: the codes come with it.",
    "incorrect_code": "That code is not right, or it was used already. Type the newest one.",
}
# Of these the person has a letter of their own.
TOLD_ALREADY = {"moved", "opened", "microsoft_tied", "microsoft_untied"}
# What allauth calls its part for second factors.
MFA = "allauth.mfa"
WAYS = {
    "reauthenticate": "Type my password",
    "mfa_reauthenticate": "Type a code",
    "mfa_reauthenticate:webauthn": "Use a passkey or security key",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts come from the staff list, never from a form; no letter is sent by a request."""

    error_messages = DefaultAccountAdapter.error_messages | REFUSALS

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: nobody makes their own account."""
        return False

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Queue a letter; its link is made when it is sent and stored nowhere."""
        queue_letter("account_password_reset", user, {})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Write down what has changed on the account, and queue a letter that says so."""
        what = template_prefix.rsplit("/", 1)[-1]
        with audit.atomic():
            queue_letter("account_changed", user, {"what": what})
            audit.record(
                at=clock.now(),
                actor=f"user:{user.pk}",
                verb=f"account.{what}",
                object=f"auth.user:{user.pk}",
            )

    def is_reauthentication_required(self, *, app: str, **how: Any) -> bool:
        """Ask nobody again for the password they have just typed, who now sets up their first second factor."""
        user = self.request.user
        if app == MFA and has_just_signed_in(self.request) and not is_mfa_enabled(user):
            return False
        return bool(super().is_reauthentication_required(app=app, **how))

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """Name the ways to confirm who one is as the buttons that they are."""
        found = super().get_reauthentication_methods(user)
        return [way | {"description": WAYS[way["id"]]} for way in found]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead on to the start page: an empty form once more would look like a refusal."""
        return reverse("schoolsafe_home")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Refuse: every letter of an account is one of the two above."""
        raise LookupError(f"{template_prefix} is not a letter that the school sends.")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count this try before the password is looked at, and refuse where there were too many."""
        self._stranger: Any = None
        if not browsers.known_as(request, credentials.get("email", "")):
            self._stranger = browsers.count_stranger(request)
            if not self._stranger:
                raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Look at address and password, and write a refusal down: whose account, never what was typed."""
        address = str(credentials.get("email") or credentials.get("username") or "")
        try:
            user: User | None = super().authenticate(request, **credentials)
        except ValidationError:
            refused.note_address(address, Why.TOO_MANY)
            raise
        if user is None:
            refused.note_address(address, Why.PASSWORD)
        return user

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count by the browser where it is one of the account's own, else by the account."""
        own = browsers.known_as(request, credentials.get("email", ""))
        return own or str(super()._get_login_attempts_cache_key(request, **credentials))

    def _rollback_login_failed_rl_usage(self) -> None:
        """Count only what was wrong."""
        super()._rollback_login_failed_rl_usage()
        if self._stranger:
            self._stranger.rollback()

    def get_login_stages(self) -> list[str]:
        """Ask for the second factor, unless Microsoft says that it was shown there."""
        ours = "schoolsafe.entra.sessions.SecondFactorStage"
        stages: list[str] = super().get_login_stages()
        return [ours if one == "allauth.mfa.stages.AuthenticateStage" else one for one in stages]

    def pre_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse | None:
        """Let supply staff in on their days alone, and say which these are."""
        staff = StaffMember.objects.filter(user=user).first()
        if staff is not None and not supply.works(
            staff.works_from, staff.works_until, on=clock.today()
        ):
            return render(request, "account/not_today.html", {"person": staff}, status=403)
        answer: HttpResponse | None = super().pre_login(request, user, **how)
        return answer

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """Write down who signed in, let roles follow what Microsoft says, and know this browser again."""
        staff = StaffMember.objects.filter(user=user).first()
        if staff is not None:
            sociallogin = (how.get("signal_kwargs") or {}).get("sociallogin")
            with audit.atomic():
                audit.record(
                    at=clock.now(),
                    actor=staff.actor,
                    verb="account.sign_in",
                    object=f"school.staffmember:{staff.pk}",
                    **_by_microsoft(staff, sociallogin),
                )
        request.session[BROWSER] = agents.in_words(request.headers.get("User-Agent", ""))
        response: HttpResponse = super().post_login(request, user, **how)
        browsers.remember(request, response, user)
        return response


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keeps what proves a second factor encrypted, as a concern is."""

    error_messages = DefaultMFAAdapter.error_messages | FACTOR_REFUSALS

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Offer a plain name for a new key."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Key {count + 1}"

    def get_totp_issuer(self) -> str:
        """Name the school: that is how its entry stands in somebody's app. A colon would end the name."""
        found = next(iter(SCHOOL.rows()), None)
        return found.name.replace(":", " ") if found else "schoolsafe"

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Read a stored secret; raises WrongKey when it cannot be read."""
        return encryption.decrypt(encrypted_text)


@audit.atomic()
def queue_letter(kind: str, user: User, detail: dict[str, object]) -> None:
    """Queue a letter to the person behind an account; an account without a person gets none."""
    now = clock.now()
    staff = StaffMember.objects.working().filter(user=user).first()
    if staff is None:
        return
    draft = Draft(
        kind=kind,
        key=f"{kind}:{detail.get('what', '')}:{staff.pk}:{now.isoformat()}",
        due_at=now,
        about=f"school.staffmember:{staff.pk}",
        staff_id=staff.pk,
        detail=detail,
    )
    notices.queue([draft], now=now)


def hold_account(request: HttpRequest) -> None:
    """Let nobody else change what opens this account until this is done, nor from a session ended meanwhile.

    Inside the transaction of the change. Raises SessionInterrupted where somebody was first, and ended this session.
    """
    user: Any = request.user
    list(StaffMember.objects.select_for_update(no_key=True).filter(user=user).values_list("pk"))
    key = str(request.session.session_key)
    if settings.OWN_SIGN_IN and not Session.objects.filter(pk=key).exists():
        raise SessionInterrupted("This session was ended meanwhile.")


def end_others(request: HttpRequest, user: Any) -> None:
    """Sign somebody out of every other browser: what opens the account has changed (ASVS V7.4.3)."""
    staff = StaffMember.objects.filter(user=user).first()
    if staff is not None and settings.OWN_SIGN_IN:
        services.end_other_sessions(staff, by=staff, but=str(request.session.session_key))


@audit.atomic()
def sign_out_everywhere(staff: StaffMember, *, by: StaffMember) -> None:
    """Sign somebody out of every browser, and tell them. Raises NotAllowed as the service does."""
    services.sign_out_everywhere(staff, by=by)
    tell_of_change(staff.user, "signed_out", by=by.pk)


def tell_of_change(user: User, what: str, *, by: int, account: str = "") -> None:
    """Tell a person at once that a member of staff has changed their account; oneself needs no telling."""
    staff = StaffMember.objects.filter(user=user).first()
    if staff is not None and staff.pk != by:
        queue_letter("account_changed", user, {"what": what, "by": by, "account": account})


@audit.atomic()
def tell_of_new_address(user: User, *, old: str, by: int) -> None:
    """Tell a person, at the old address too, that it was changed: nobody can move it unseen.

    The letter to the old address goes also while the account is closed, and also to whoever did it.
    """
    tell_of_change(user, "address_changed", by=by)
    now = clock.now()
    staff = StaffMember.objects.filter(user=user).first()
    if staff is None or not old:
        return
    draft = Draft(
        kind="account_moved",
        key=f"account_moved:{staff.pk}:{now.isoformat()}",
        due_at=now,
        about=f"school.staffmember:{staff.pk}",
        address=old,
        detail={"what": "address_moved", "person": staff.pk, "by": by},
    )
    notices.queue([draft], now=now)


@audit.atomic()
def tell_of_access(
    whose: Iterable[StaffMember], what: str, *, by: int | None, role: str = "", day: str = ""
) -> None:
    """Tell everybody else who answers for concerns, and the person, who may read them from now on.

    Nobody can hand what is said about them to a friend, or shut a reader out, without being seen.
    Whoever's account is closed is told at the address on record. Without `by` it was done on the server.
    """
    now = clock.now()
    leaders = holders(*roles.OPENS_CONCERNS, on=clock.local(now).date())
    for person in whose:
        others = {leader.pk for leader in leaders} - {person.pk, by}
        to: list[dict[str, Any]] = [{"staff_id": pk} for pk in sorted(others)]
        if what not in TOLD_ALREADY and person.pk != by and person.email:
            to.append(_own(person))
        notices.queue(
            [
                Draft(
                    kind="account_access",
                    key=f"account_access:{what}:{role}:{person.pk}:{now.isoformat()}:{number}",
                    due_at=now,
                    about=f"school.staffmember:{person.pk}",
                    detail={"what": what, "role": role, "day": day, "person": person.pk, "by": by},
                    **recipient,
                )
                for number, recipient in enumerate(to)
            ],
            now=now,
        )


def _by_microsoft(staff: StaffMember, sociallogin: Any) -> dict[str, object]:
    """Let roles follow a sign-in at Microsoft; return what the audit says of it besides."""
    if sociallogin is None:
        return {}
    told = sociallogin.account.extra_data
    claims = unpacked(told.get("claims"))
    services.follow_claims(staff, by=services.MICROSOFT, claims=claims)
    return {"microsoft": True, "factor": told["has_second_factor"]}


def _own(person: StaffMember) -> dict[str, Any]:
    """Return where a letter reaches somebody whose account may be closed."""
    return {"staff_id": person.pk} if person.user.is_active else {"address": person.email}
