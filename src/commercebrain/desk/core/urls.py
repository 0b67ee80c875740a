"""Addresses of jobs, events, search and health."""

from django.urls import path

from commercebrain.desk.core import event_views, job_views, list_views, views
from commercebrain.desk.core.imports import views as imports

app_name = "core"
urlpatterns = [
    path("jobs/", job_views.Jobs.as_view(), name="jobs"),
    path("jobs/<int:pk>/", job_views.JobPage.as_view(), name="job"),
    path("jobs/<int:pk>/cancel/", job_views.cancel_job, name="cancel_job"),
    path("jobs/<int:pk>/retry/", job_views.retry_job, name="retry_job"),
    path("jobs/schedule/", job_views.Schedule.as_view(), name="schedule"),
    path("events/", event_views.Events.as_view(), name="events"),
    path("events/chain/", event_views.Chain.as_view(), name="chain"),
    path("lists/export/", list_views.begin_export, name="export"),
    path("lists/files/<int:pk>/", list_views.export_file, name="export_file"),
    path("views/", list_views.Views.as_view(), name="views"),
    path("views/save/", list_views.save_view, name="save_view"),
    path("views/<int:pk>/", list_views.ViewPage.as_view(), name="view"),
    path("documents/add/", list_views.add_document, name="add_document"),
    path("documents/<int:pk>/", list_views.document, name="document"),
    path("documents/<int:pk>/remove/", list_views.remove_document, name="remove_document"),
    path("search/", views.find, name="search"),
    path("imports/", imports.Imports.as_view(), name="imports"),
    path("imports/new/<str:code>/", imports.Upload.as_view(), name="new_import"),
    path("imports/template/<str:code>/", imports.template, name="import_template"),
    path("imports/<int:pk>/", imports.ImportPage.as_view(), name="import"),
    path("imports/<int:pk>/rows/", imports.ImportRows.as_view(), name="import_rows"),
    path("imports/<int:pk>/status/", imports.status, name="import_status"),
    path("imports/<int:pk>/refused/", imports.refused, name="import_refused"),
    path("imports/<int:pk>/columns/", imports.mapping, name="map_import"),
    path("imports/<int:pk>/apply/", imports.apply, name="apply_import"),
    path("imports/<int:pk>/undo/", imports.undo, name="undo_import"),
    path("healthz", views.healthz, name="healthz"),
]
