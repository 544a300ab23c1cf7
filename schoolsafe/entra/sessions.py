"""What a session that was opened at Microsoft is worth: its second factor, and for how long it holds."""

from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.http import HttpRequest

from school.models import StaffMember
from school.selectors import is_tied_to
from schoolsafe.lib.providers import Entra

METHOD = "socialaccount"
# How the session names a second factor that Microsoft vouches for.
FACTOR = "microsoft"


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]  # allauth is untyped
    """Asks for the second factor while signing in, unless Microsoft says that it was shown there."""

    def _should_handle(self, request: HttpRequest) -> bool:
        if not _has_shown_at_microsoft(self.login):
            return bool(super()._should_handle(request))
        record_authentication(request, self.login.user, "mfa", type=FACTOR)
        return False


def _has_shown_at_microsoft(login: Any) -> bool:
    sociallogin = (login.signal_kwargs or {}).get("sociallogin")
    return sociallogin is not None and sociallogin.account.extra_data["has_second_factor"] is True


def object_id_of(request: HttpRequest) -> str:
    """Return with which Microsoft account this session was opened; empty for every other way in."""
    user: Any = request.user
    records = get_authentication_records(request, user)
    return next((str(one["uid"]) for one in records if one["method"] == METHOD), "")


def has_lost_its_tie(request: HttpRequest, staff: StaffMember | None) -> bool:
    """Tell whether a session was opened with a Microsoft account that no longer opens this account."""
    object_id = object_id_of(request)
    if not object_id:
        return False
    entra: Entra | None = settings.ENTRA
    if entra is None or staff is None:
        return True
    return not is_tied_to(staff, tenant=UUID(entra.tenant), object_id=object_id)
