"""Microsoft Entra ID as a provider of allauth: its OpenID Connect, with what that leaves unchecked.

allauth keeps the state and PKCE, and exchanges the code. It sends no nonce, does not look at the
signature of a token that came over TLS, takes whatever issuer the provider names and any algorithm, and
knows nothing of tenants: that is done here. What it would do besides (a profile, an access token, accounts
known by their address) is left out.
"""

import json
import secrets
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from school import selectors
from school.claims import packed
from schoolsafe.entra import tokens
from schoolsafe.entra.tokens import Identity, TokenRefused
from schoolsafe.lib.links import absolute
from schoolsafe.lib.providers import Entra

PROVIDER_ID = "microsoft"
# Where the answers of a provider stand that every one has to name.
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# For so many seconds it is not asked again: whoever only opens the way to it keeps no server waiting.
KEPT = 60 * 60
# What a provider that answers something else than it should brings about.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


def chosen() -> Entra:
    """Return the tenant that signs people in; raises LookupError where it is off."""
    entra: Entra | None = settings.ENTRA
    if entra is None:
        raise LookupError("Signing in with Microsoft is off.")
    return entra


class EntraProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth is untyped
    """The school's tenant; everything about it comes from settings, nothing from a request."""

    def __init__(self, request: HttpRequest) -> None:
        entra = chosen()
        app = SocialApp(
            provider=self.id,
            provider_id=PROVIDER_ID,
            name="Microsoft",
            client_id=entra.client_id,
            secret=entra.secret,
            settings={
                "server_url": entra.issuer,
                "oauth_pkce_enabled": True,
                "token_auth_method": "client_secret_post",
            },
        )
        super().__init__(request, app=app)

    def start(self, request: HttpRequest) -> HttpResponse:
        """Send the browser to Microsoft, with a nonce that the token has to bring back."""
        nonce = secrets.token_urlsafe(32)
        # On a computer that several people use, nobody comes in as whoever sat there before: Microsoft
        # asks anew, however long its own session has been open.
        asked = {"nonce": nonce, "prompt": "login"}
        entra = chosen()
        if entra.factor_claim == "acrs":
            wish = {"essential": True, "value": entra.factor_value}
            asked["claims"] = json.dumps({"id_token": {"acrs": wish}})
        response: HttpResponse = self.redirect(
            request,
            AuthProcess.LOGIN,
            next_url=get_next_redirect_url(request),
            auth_params=asked,
            scope=["openid", "profile"],
            nonce=nonce,
        )
        return response

    def get_oauth2_adapter(self, request: HttpRequest) -> "EntraAdapter":
        """Return what speaks to Microsoft."""
        return EntraAdapter(request, PROVIDER_ID)

    def sociallogin_from_response(self, request: HttpRequest, response: Identity) -> SocialLogin:
        """Return the sign-in of an identity, with nothing of it that an account could be made of."""
        told = {
            "object_id": str(response.object_id),
            "name": response.name,
            "user_name": response.user_name,
            "has_second_factor": response.has_second_factor,
            "claims": packed(selectors.claims_that_matter(response.claims)),
        }
        return super().sociallogin_from_response(request, told)

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Know people by the id that never changes hands."""
        return str(data["object_id"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take no name and no address for an account."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """Take no address: who may write to one does not own it here."""
        return []


class EntraAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth is untyped
    """What is asked of Microsoft, and what of its answer is believed."""

    nonce = ""

    def get_provider(self) -> EntraProvider:
        """Return the school's tenant."""
        return EntraProvider(self.request)

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Return the address that is registered with Microsoft, whatever the request calls us."""
        return absolute(reverse("entra_callback"))

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return where things are; raises TokenRefused when another issuer answers."""
        address = self.get_provider().server_url
        kept: dict[str, Any] | None = cache.get(f"entra:{address}")
        if kept is not None:
            return kept
        found = _fetched(address)
        if found.get("issuer") != chosen().issuer:
            raise TokenRefused("another-issuer")
        if not all(isinstance(found.get(name), str) for name in ENDPOINTS):
            raise OAuth2Error("Microsoft does not say where its endpoints are.")
        told = {name: found[name] for name in ("issuer", *ENDPOINTS)}
        cache.set(f"entra:{address}", told, KEPT)
        return told

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        """Exchange the code; raises OAuth2Error for an answer that cannot be read."""
        try:
            return super().get_access_token_data(*args, **kwargs)
        except UNREADABLE as fault:
            raise OAuth2Error("The answer cannot be read.") from fault

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """Let go of the access token: nothing is asked of Microsoft in anybody's name."""
        return SocialToken(token="")

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Return the sign-in that the ID token proves; raises TokenRefused."""
        keys = _fetched(self.openid_config["jwks_uri"])
        sent = kwargs["response"].get("id_token")
        identity = tokens.read(sent, keys, entra=chosen(), nonce=self.nonce)
        return self.get_provider().sociallogin_from_response(request, identity)


class EntraCallback(OAuth2CallbackView):  # type: ignore[misc]  # allauth is untyped
    """Where Microsoft sends the browser back to."""

    adapter: EntraAdapter

    def _get_state(self, request: HttpRequest, provider: EntraProvider) -> Any:
        """Return what was kept for this sign-in, its nonce with it."""
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = str(state.get("nonce", "")) if state else ""
        return state, response


def _fetched(url: str) -> dict[str, Any]:
    """Return what stands at an address; raises OAuth2Error for anything but a table."""
    with get_adapter().get_requests_session() as session:
        answer = session.get(url)
        answer.raise_for_status()
        found = answer.json()
    if not isinstance(found, dict):
        raise OAuth2Error("The answer cannot be read.")
    return found
