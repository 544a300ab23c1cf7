"""What a token of Microsoft has to say before anybody is let in; whatever is left open is a no."""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any
from uuid import UUID

import jwt
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

from school.claims import Claims, said_in
from schoolsafe.lib.providers import Entra

# The one way in which Microsoft signs: a token that names another, or none, is not read.
ALGORITHM = "RS256"
# By how many seconds two clocks may differ.
SKEW = 60
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "tid", "oid", "nonce"]
# What the audit says, by what the library found; the first that fits.
REASONS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "expired"),
    (jwt.ImmatureSignatureError, "not-yet-valid"),
    (jwt.InvalidAudienceError, "another-audience"),
    (jwt.InvalidIssuerError, "another-issuer"),
    (jwt.InvalidSignatureError, "signature"),
    (jwt.InvalidAlgorithmError, "algorithm"),
    (jwt.MissingRequiredClaimError, "claim-missing"),
)


class TokenRefused(OAuth2Error):  # type: ignore[misc]  # allauth is untyped
    """A token that lets nobody in, with the reason for the audit."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom Microsoft vouches for; their names are for people to read and decide nothing."""

    object_id: UUID
    name: str
    user_name: str
    has_second_factor: bool
    claims: Claims


def read(token: object, keys: object, *, entra: Entra, nonce: str) -> Identity:
    """Return whom a token speaks of.

    Raises TokenRefused unless this tenant signed it, for this application and this very sign-in, and
    it is valid now.
    """
    if not isinstance(token, str):
        raise TokenRefused("no-token")
    try:
        claims = jwt.decode(
            token,
            _key(token, keys),
            algorithms=[ALGORITHM],
            audience=entra.client_id,
            issuer=entra.issuer,
            leeway=SKEW,
            options={"require": REQUIRED, "strict_aud": True},
        )
    except (jwt.PyJWTError, ValueError) as fault:
        raise TokenRefused(_reason(fault)) from fault
    if claims["tid"] != entra.tenant:
        raise TokenRefused("another-tenant")
    if not nonce or not compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise TokenRefused("another-sign-in")
    return _identity(claims, entra)


def _key(token: str, keys: object) -> jwt.PyJWK:
    """Return the key that a token names, among those that the tenant publishes."""
    name = jwt.get_unverified_header(token).get("kid")
    listed = keys.get("keys") if isinstance(keys, Mapping) else None
    for key in listed if isinstance(listed, list) else []:
        is_it = isinstance(key, Mapping) and key.get("kid") == name and key.get("kty") == "RSA"
        if name and is_it:
            return jwt.PyJWK(dict(key), algorithm=ALGORITHM)
    raise TokenRefused("unknown-key")


def _reason(fault: Exception) -> str:
    return next((words for kind, words in REASONS if isinstance(fault, kind)), "unreadable")


def _identity(claims: Mapping[str, Any], entra: Entra) -> Identity:
    try:
        object_id = UUID(str(claims["oid"]))
    except ValueError as fault:
        raise TokenRefused("no-object-id") from fault
    shown = claims.get(entra.factor_claim)
    return Identity(
        object_id=object_id,
        name=_text(claims.get("name")),
        user_name=_text(claims.get("preferred_username")),
        has_second_factor=isinstance(shown, list) and entra.factor_value in shown,
        claims=said_in(claims),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
