"""Addresses of cases and of firms' requests."""

from django.urls import path

from commercebrain.desk.cases import board, calendar, case_page, edit_views, part_views, start_views, tiles, views

app_name = "cases"
urlpatterns = [
    path("cases/", views.Cases.as_view(), name="cases"),
    path("cases/board/", board.Board.as_view(), name="board"),
    path("cases/calendar/", calendar.Calendar.as_view(), name="calendar"),
    path("cases/map/", tiles.Tiles.as_view(), name="map"),
    path("cases/new/<slug:template>/", start_views.Start.as_view(), name="start"),
    path("cases/<int:pk>/", case_page.CasePage.as_view(), name="case"),
    path("cases/<int:pk>/fill/", edit_views.Fill.as_view(), name="fill"),
    path("cases/<int:pk>/edit/", edit_views.Fill.as_view(), {"whole": True}, name="edit"),
    path("cases/<int:pk>/move/<slug:transition>/", edit_views.MoveOn.as_view(), name="move"),
    path("cases/<int:pk>/take/", part_views.take, name="take"),
    path("cases/<int:pk>/hand-over/", edit_views.HandOver.as_view(), name="hand_over"),
    path("cases/<int:pk>/withdraw/", edit_views.Withdraw.as_view(), name="withdraw"),
    path("cases/<int:pk>/reveal/", edit_views.Reveal.as_view(), name="reveal"),
    path("cases/<int:pk>/notes/", part_views.note, name="note"),
    path("cases/<int:pk>/clocks/<int:clock>/pause/", edit_views.PauseClock.as_view(), name="pause"),
    path("cases/<int:pk>/clocks/<int:clock>/resume/", part_views.resume, name="resume"),
    path("cases/<int:pk>/people/", part_views.Join.as_view(), name="join"),
    path("cases/<int:pk>/people/<int:part>/leave/", part_views.leave, name="leave"),
    path("cases/<int:pk>/papers/", part_views.PaperAdd.as_view(), name="paper_add"),
    path("cases/<int:pk>/papers/<int:paper>/", part_views.paper_file, name="paper"),
    path("cases/<int:pk>/papers/<int:paper>/ask/", part_views.paper_ask, name="paper_ask"),
    path("cases/<int:pk>/papers/<int:paper>/decide/", part_views.PaperDecide.as_view(), name="paper_decide"),
    path("cases/<int:pk>/firms/", part_views.FirmAdd.as_view(), name="firm_add"),
    path("cases/<int:pk>/firms/tell/", part_views.tell, name="firm_tell"),
    path("cases/<int:pk>/firms/<int:row>/", part_views.FirmEdit.as_view(), name="firm_edit"),
    path("requests/", start_views.Requests.as_view(), name="requests"),
    path("requests/new/", start_views.RequestNew.as_view(), name="request_new"),
]
