"""Where providers tell what became of messages: for machines, each with its own secret."""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notices.services.guard import Fault, guarded
from notices.services.news import News, hear
from schoolsafe.lib import clock
from schoolsafe.lib.providers import MAIL_EVENTS


@csrf_exempt
@require_POST
def notify(request: HttpRequest) -> HttpResponse:
    """Take what GOV.UK Notify tells of a text message, from whoever knows the token."""
    chosen: Any = settings.NOTIFY
    if chosen is None or not chosen.callback_token:
        raise Http404
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {chosen.callback_token}"
    ):
        return HttpResponse(status=403)
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    news = News.of_text(told)
    return _heard([news] if news else [])


@csrf_exempt
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Take what the mail service tells of letters; its own secret or signature is proved first.

    anymail reads each service's form; we ask it for the events, and no signal is sent.
    """
    if not settings.MAIL_SERVICE:
        raise Http404
    view: Any = import_string(MAIL_EVENTS[settings.MAIL_SERVICE])()
    view.setup(request)

    def read() -> Sequence[News]:
        view.run_validators(request)
        events = [News.of_mail(event) for event in view.parse_events(request)]
        return [one for one in events if one is not None]

    news = guarded(read, doing="reading news of the mail service")
    return HttpResponse(status=400) if isinstance(news, Fault) else _heard(news)


def _heard(news: Sequence[News]) -> HttpResponse:
    """Write the news down; when that is not possible now, the service is to try again."""
    done = guarded(lambda: hear(news, now=clock.now()), doing="writing down news of a message")
    return HttpResponse(status=503 if isinstance(done, Fault) else 204)
