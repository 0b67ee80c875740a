"""Addresses of plans, targets, facts and tasks."""

from django.urls import path

from commercebrain.desk.plans.views import documents, review, targets, tasks

app_name = "plans"
urlpatterns = [
    path("plans/", documents.Documents.as_view(), name="documents"),
    path("plans/upload/", documents.Upload.as_view(), name="upload"),
    path("plans/<int:pk>/", documents.document_page, name="document"),
    path("plans/<int:pk>/status/", documents.reading_status, name="reading_status"),
    path("plans/<int:pk>/read/", documents.read_again, name="read"),
    path("plans/<int:pk>/accept/", review.accept, name="accept"),
    path("plans/<int:pk>/reject/", review.reject, name="reject"),
    path("plans/<int:pk>/reopen/", review.reopen, name="reopen"),
    path("findings/<int:pk>/", review.show, name="finding"),
    path("findings/<int:pk>/edit/", review.edit, name="finding_edit"),
    path("targets/", targets.Targets.as_view(), name="targets"),
    path("targets/<int:pk>/", targets.TargetPage.as_view(), name="target"),
    path("facts/", tasks.Facts.as_view(), name="facts"),
    path("tasks/", tasks.Tasks.as_view(), name="tasks"),
    path("tasks/<int:pk>/", tasks.TaskPage.as_view(), name="task"),
    path("tasks/<int:pk>/done/", tasks.mark, {"done": True}, name="task_done"),
    path("tasks/<int:pk>/open/", tasks.mark, {"done": False}, name="task_open"),
]
