"""Addresses of declared registers."""

from django.urls import path

from commercebrain.desk.registers import views

app_name = "registers"
urlpatterns = [
    path("registers/", views.Registers.as_view(), name="registers"),
    path("registers/<slug:code>/", views.Entries.as_view(), name="list"),
    path("registers/<slug:code>/withdrawn/", views.Withdrawn.as_view(), name="withdrawn"),
    path("registers/<slug:code>/new/", views.EntryEdit.as_view(), name="new"),
    path("registers/<slug:code>/<int:pk>/", views.EntryPage.as_view(), name="entry"),
    path("registers/<slug:code>/<int:pk>/edit/", views.EntryEdit.as_view(), name="edit"),
    path("registers/<slug:code>/<int:pk>/withdraw/", views.Withdraw.as_view(), name="withdraw"),
    path("registers/<slug:code>/<int:pk>/restore/", views.Restore.as_view(), name="restore"),
    path("registers/<slug:code>/<int:pk>/reveal/", views.Reveal.as_view(), name="reveal"),
]
