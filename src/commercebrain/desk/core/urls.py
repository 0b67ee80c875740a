"""Addresses of jobs, events, search and health."""

from django.urls import path

from commercebrain.desk.core import views

app_name = "core"
urlpatterns = [
    path("jobs/", views.Jobs.as_view(), name="jobs"),
    path("jobs/<int:pk>/", views.JobPage.as_view(), name="job"),
    path("jobs/<int:pk>/cancel/", views.cancel_job, name="cancel_job"),
    path("events/", views.Events.as_view(), name="events"),
    path("search/", views.find, name="search"),
    path("healthz", views.healthz, name="healthz"),
]
