"""Rows of the consent room: what is asked of whom, and what was said."""

from consent.models.answer import (
    RELATIONSHIPS,
    Answer,
    Check,
    Invalidation,
    Scan,
    StandingConsent,
)
from consent.models.asked import (
    LinkWish,
    PaperForm,
    Question,
    QuestionQuerySet,
    Request,
    Wording,
    as_asked,
    as_facts,
)

__all__ = [
    "RELATIONSHIPS",
    "Answer",
    "Check",
    "Invalidation",
    "LinkWish",
    "PaperForm",
    "Question",
    "QuestionQuerySet",
    "Request",
    "Scan",
    "StandingConsent",
    "Wording",
    "as_asked",
    "as_facts",
]
