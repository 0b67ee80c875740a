"""Addresses of lists."""

from django.urls import path

from commercebrain.desk.lists import edit_views, paste_views, version_views, views

app_name = "lists"
urlpatterns = [
    path("lists/", views.Kinds.as_view(), name="kinds"),
    path("lists/books/<int:pk>/", views.BookPage.as_view(), name="book"),
    path("lists/books/<int:pk>/rows/", views.Rows.as_view(), name="rows"),
    path("lists/books/<int:pk>/edit/", edit_views.BookEdit.as_view(), name="edit"),
    path("lists/books/<int:pk>/close/", edit_views.BookClose.as_view(), name="close"),
    path("lists/books/<int:pk>/draft/", edit_views.draft, name="draft"),
    path("lists/books/<int:pk>/build/", edit_views.Build.as_view(), name="build"),
    path("lists/versions/<int:pk>/", version_views.VersionPage.as_view(), name="version"),
    path("lists/versions/<int:pk>/difference/", version_views.DifferencePage.as_view(), name="difference"),
    path("lists/versions/<int:version>/rows/", views.Rows.as_view(), name="version_rows"),
    path("lists/versions/<int:pk>/rows/new/", edit_views.RowNew.as_view(), name="row_new"),
    path("lists/versions/<int:pk>/rows/<int:row>/edit/", edit_views.RowNew.as_view(), name="row_edit"),
    path("lists/versions/<int:pk>/rows/<int:row>/remove/", edit_views.RowRemove.as_view(), name="row_remove"),
    path("lists/versions/<int:pk>/rows/<int:row>/back/", edit_views.put_back, name="row_back"),
    path("lists/versions/<int:pk>/paste/", paste_views.Paste.as_view(), name="paste"),
    path("lists/versions/<int:pk>/propose/", edit_views.Propose.as_view(), name="propose"),
    path("lists/versions/<int:pk>/decide/", edit_views.Decide.as_view(), name="decide"),
    path("lists/versions/<int:pk>/discard/", edit_views.discard, name="discard"),
    path("lists/versions/<int:pk>/take-back/", edit_views.take_back, name="take_back"),
    path("lists/rows/<int:pk>/", views.MemberPage.as_view(), name="row"),
    path("lists/<slug:kind>/", views.Books.as_view(), name="books"),
    path("lists/<slug:kind>/new/", edit_views.BookNew.as_view(), name="new"),
]
