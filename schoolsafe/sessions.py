"""Sessions in the database that end when their time is up, however busy they are."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction

from school.models import Session
from school.selectors import BEGAN
from schoolsafe.lib import clock


class SessionStore(db.SessionStore):
    """A session whose end is told from its beginning: each change would put it off otherwise."""

    # When somebody last did something in this browser, as the row had it when it was read.
    acted_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Keep beside each session whose it is, and when it was last used."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        # django-stubs does not know the half of its own store.
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        self.acted_at = row.acted_at if row else None
        return row

    def cycle_key(self) -> None:
        """Begin anew with whoever signs in, not when a page first had something to tell this browser.

        A new password begins no new eight hours: it is set while somebody is signed in. Raises
        SessionInterrupted where that session was ended meanwhile: it does not come back by another key.
        """
        if SESSION_KEY not in self:
            self.pop(BEGAN, None)
            self.acted_at = None
        with transaction.atomic():
            rows = Session.objects.select_for_update().filter(pk=self.session_key)
            if SESSION_KEY in self and not rows.exists():
                raise SessionInterrupted("This session was ended meanwhile.")
            super().cycle_key()

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row to be kept, with an end that no later change moves."""
        now = clock.now()
        began = data.setdefault(BEGAN, now.timestamp())
        row: Any = super().create_model_instance(data)
        left = settings.SESSION_COOKIE_AGE - (now.timestamp() - began)
        row.expire_date = now + timedelta(seconds=left)
        row.user_id = data.get(SESSION_KEY)
        row.acted_at = self.acted_at = self.acted_at or now
        return row
