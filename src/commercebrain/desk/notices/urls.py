"""Addresses of notices, subscriptions and receiving programs."""

from django.urls import path

from commercebrain.desk.notices import views
from commercebrain.desk.notices.views import endpoints

app_name = "notices"
urlpatterns = [
    path("notices/", views.Notices.as_view(), name="notices"),
    path("notices/<int:pk>/open/", views.open_notice, name="open"),
    path("notices/read/", views.read_all, name="read_all"),
    path("notices/settings/", views.settings_page, name="settings"),
    path("notices/places/add/", views.AddPlace.as_view(), name="add_place"),
    path("notices/places/<int:pk>/remove/", views.remove_place, name="remove_place"),
    path("notices/address/", views.address, name="address"),
    path("notices/confirm/<str:token>/", views.confirm, name="confirm"),
    path("notices/stop/<str:token>/", views.stop, name="stop"),
    path("receivers/", endpoints.Endpoints.as_view(), name="endpoints"),
    path("receivers/new/", endpoints.NewEndpoint.as_view(), name="new_endpoint"),
    path("receivers/<int:pk>/", endpoints.EndpointPage.as_view(), name="endpoint"),
    path("receivers/<int:pk>/secret/", endpoints.change_secret, name="change_secret"),
    path("receivers/<int:pk>/switch/", endpoints.switch_endpoint, name="switch_endpoint"),
    path("receivers/calls/<int:pk>/again/", endpoints.call_again, name="call_again"),
]
