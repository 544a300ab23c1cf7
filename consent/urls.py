from django.urls import path

from consent import views

app_name = "consent"

urlpatterns = [
    path("c/new-link/", views.wish, name="wish"),
    path("c/year/<str:token>/", views.year, name="year"),
    path("c/<str:token>/", views.ask, name="ask"),
    path("c/<str:token>/change/", views.change, name="change"),
    path("c/<str:token>/recording/", views.recording, name="recording"),
    path("c/<str:token>/refusal/", views.refusal, name="refusal"),
    path("c/<str:token>/confirm/", views.confirm, name="confirm"),
    path("c/<str:token>/withdraw/", views.withdraw, name="withdraw"),
    path("c/<str:token>/undo/", views.undo, name="undo"),
    path("c/<str:token>/standing/", views.standing, name="standing"),
    path("c/<str:token>/help/", views.help_wanted, name="help"),
    path("c/<str:token>/new-link/", views.new_link, name="new_link"),
    path("c/<str:token>/not-me/", views.not_me, name="not_me"),
    path("consent/", views.worklist, name="worklist"),
    path("consent/export/", views.export, name="export"),
    path("consent/remind/", views.remind, name="remind"),
    path("consent/pupils/<row:pk>/", views.pupil, name="pupil"),
    path("consent/pupils/<row:pk>/address/", views.own_address, name="own_address"),
    path(
        "consent/pupils/<row:pk>/address/confirm/",
        views.confirm_own_address,
        name="confirm_own_address",
    ),
    path("consent/pupils/<row:pk>/own/", views.own_consent, name="own_consent"),
    path("consent/own/", views.own_consents, name="own_consents"),
    path("consent/own/<row:pk>/approve/", views.approve_own_consent, name="approve_own_consent"),
    path("consent/own/<row:pk>/end/", views.end_own_consent, name="end_own_consent"),
    path("consent/guardians/<row:pk>/", views.guardian, name="guardian"),
    path("consent/guardians/<row:pk>/confirm/", views.confirm_address, name="confirm_address"),
    path("consent/standing/", views.standings, name="standings"),
    path("consent/standing/<row:pk>/end/", views.end_standing, name="end_standing"),
    path("consent/<row:pk>/record/", views.record, name="record"),
    path("consent/<row:pk>/form/", views.print_form, name="print_form"),
    path("consent/forms/<str:token>/", views.form, name="form"),
    path("consent/<row:pk>/check/", views.check, name="check"),
    path("consent/answers/<row:pk>/set-aside/", views.set_aside, name="set_aside"),
    path("consent/answers/<row:pk>/scan/", views.scan, name="scan"),
    path("consent/questions/<row:pk>/pupils/<row:pupil_id>/", views.evidence, name="evidence"),
    path(
        "consent/questions/<row:pk>/pupils/<row:pupil_id>/file/",
        views.evidence_file,
        name="evidence_file",
    ),
    path("consent/<row:pk>/resend/", views.resend, name="resend"),
]
