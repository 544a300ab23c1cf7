"""Signing in with the school's Microsoft Entra ID, by OpenID Connect (decision record 27)."""
