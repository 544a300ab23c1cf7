"""The development mailbox; these addresses exist in development only."""

from django.urls import path

from schoolsafe import mailbox

app_name = "mailbox"
urlpatterns = [
    path("", mailbox.show_list, name="list"),
    path("<str:name>/", mailbox.show_letter, name="letter"),
    path("<str:name>/page/", mailbox.show_page, name="page"),
]
