"""Addresses of the register."""

from django.urls import path

from commercebrain.desk.registry import views

app_name = "registry"
urlpatterns = [
    path("regions/", views.Regions.as_view(), name="regions"),
    path("regions/<slug:code>/", views.RegionPage.as_view(), name="region"),
]
