"""The intranet's own addresses, and the module under one of them."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from tests.host import views

urlpatterns = [
    path("", views.home, name="home"),
    path("dinner/", views.order, name="order"),
    path("login/", LoginView.as_view(template_name="intranet/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("office/", views.office.urls),
    path("safe/", include("schoolsafe.urls")),
]
