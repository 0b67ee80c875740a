"""Addresses of exposure."""

from django.urls import path

from commercebrain.desk.lists.exposure import tables, views

app_name = "exposure"
urlpatterns = [
    path("exposure/", views.Exposure.as_view(), name="exposure"),
    path("exposure/save/", views.Save.as_view(), name="save"),
    path("exposure/firms/", tables.Firms.as_view(), name="firms"),
    path("exposure/counties/", tables.Counties.as_view(), name="counties"),
    path("exposure/products/", tables.Products.as_view(), name="products"),
    path("exposure/newly/", tables.Changes.as_view(), name="newly"),
]
