"""Addresses of break-downs, adjustments, the monthly round and my work."""

from django.urls import path

from commercebrain.desk.responsibility.views import targets, tasks, updates, work

app_name = "responsibility"
urlpatterns = [
    path("work/", work.my_work, name="work"),
    path("work/count/", work.count, name="work_count"),
    path("targets/<int:pk>/breakdown/", targets.BreakdownPage.as_view(), name="breakdown"),
    path("targets/<int:pk>/nature/", targets.NaturePage.as_view(), name="nature"),
    path("targets/<int:pk>/adjust/", targets.Propose.as_view(), name="propose"),
    path("parts/", targets.Parts.as_view(), name="parts"),
    path("adjustments/", targets.Adjustments.as_view(), name="adjustments"),
    path("adjustments/<int:pk>/", targets.AdjustmentPage.as_view(), name="adjustment"),
    path("adjustments/<int:pk>/approve/", targets.Approve.as_view(), name="approve"),
    path("adjustments/<int:pk>/decline/", targets.close, {"step": "decline"}, name="decline"),
    path("adjustments/<int:pk>/withdraw/", targets.close, {"step": "withdraw"}, name="withdraw"),
    path("adjustments/<int:pk>/document/", targets.approval_document, name="approval_document"),
    path("updates/", updates.Updates.as_view(), name="updates"),
    path("tasks/<int:task>/updates/<int:unit>/<str:month>/", updates.WriteUpdate.as_view(), name="update"),
    path("tasks/<int:task>/updates/<int:unit>/<str:month>/reopen/", updates.Reopen.as_view(), name="reopen"),
    path("tasks/<int:task>/needs/<int:unit>/", updates.AskNeed.as_view(), name="ask"),
    path("needs/", updates.Needs.as_view(), name="needs"),
    path("needs/<int:pk>/", updates.NeedPage.as_view(), name="need"),
    path("assignments/", tasks.Assignments.as_view(), name="assignments"),
    path("assignments/<int:pk>/", tasks.AssignmentPage.as_view(), name="assignment"),
    path("tasks/<int:task>/assign/", tasks.AssignmentPage.as_view(), name="assign"),
    path("tasks/<int:task>/subtask/", tasks.SubTaskPage.as_view(), name="add_subtask"),
    path("subtasks/<int:pk>/", tasks.SubTaskPage.as_view(), name="subtask"),
    path("tasks/<int:task>/remark/", tasks.remark, name="remark"),
    path("tasks/<int:task>/deadline/", tasks.AskDeadline.as_view(), name="ask_deadline"),
    path("deadlines/<int:pk>/", tasks.DecideDeadline.as_view(), name="decide_deadline"),
    path("deadlines/<int:pk>/withdraw/", tasks.withdraw_deadline, name="withdraw_deadline"),
]
