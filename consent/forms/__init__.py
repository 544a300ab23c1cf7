"""What families and the office fill in, and the sealed answer that travels between two pages."""

from consent.forms.family import (
    FORWARDED,
    OBJECTIONS,
    YES_NO,
    AnswerForm,
    EndStandingForm,
    HelpForm,
    NewLinkForm,
    NotMeForm,
    RecordingForm,
    RefusalForm,
    StandingForm,
    UndoForm,
    WishForm,
    WithdrawForm,
)
from consent.forms.imports import MappingForm, UploadForm
from consent.forms.office import (
    AddressForm,
    AskedForm,
    ConfirmForm,
    FilterForm,
    seal,
    seal_seen,
    showing,
    unseal_list,
)
from consent.forms.own_consent import OwnConsentForm
from consent.forms.sealed import Sealed, unseal
from consent.forms.staff import CheckForm, EndForm, RecordForm, SearchForm, SetAsideForm

__all__ = [
    "UploadForm",
    "FORWARDED",
    "OBJECTIONS",
    "YES_NO",
    "AddressForm",
    "AnswerForm",
    "AskedForm",
    "CheckForm",
    "ConfirmForm",
    "EndForm",
    "EndStandingForm",
    "FilterForm",
    "HelpForm",
    "NewLinkForm",
    "NotMeForm",
    "MappingForm",
    "OwnConsentForm",
    "RecordForm",
    "RecordingForm",
    "RefusalForm",
    "Sealed",
    "SearchForm",
    "SetAsideForm",
    "StandingForm",
    "UndoForm",
    "WishForm",
    "WithdrawForm",
    "seal",
    "seal_seen",
    "showing",
    "unseal",
    "unseal_list",
]
