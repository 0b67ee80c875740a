"""Addresses of the firm's side of forms."""

from django.urls import path

from commercebrain.desk.forms.filing import views

app_name = "filing"

urlpatterns = [
    path("filing/", views.Filings.as_view(), name="filings"),
    path("filing/<int:pk>/", views.Filing.as_view(), name="report"),
    path("filing/<int:pk>/sent/", views.Sent.as_view(), name="sent"),
    path("filing/<int:pk>/trend/", views.Trend.as_view(), name="trend"),
    path("filing/<int:pk>/exception/", views.AskException.as_view(), name="exception"),
    path("filing/<int:pk>/template/", views.Template.as_view(), name="template"),
]
