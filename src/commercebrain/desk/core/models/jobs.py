"""Long work and where it stands: jobs, the lines of their log, the workers, what the schedule has begun."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader


class Job(models.Model):
    """A piece of long work with progress, a log and a cancel button."""

    class State(models.TextChoices):
        """Where a job stands."""

        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.SlugField(max_length=60)
    arguments = models.JSONField(default=dict)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="jobs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED, db_index=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    step_zh = models.CharField(max_length=200, blank=True)
    step_en = models.CharField(max_length=200, blank=True)
    cancel_asked = models.BooleanField(default=False)
    key = models.CharField(max_length=200, blank=True, help_text="the same key starts no second job of the kind")
    attempt = models.PositiveSmallIntegerField(default=0, help_text="how often it was begun")
    retry_at = models.DateTimeField(null=True, help_text="not begun again before")
    task = models.CharField(max_length=40, blank=True, help_text="its row in the queue")
    worker = models.CharField(max_length=80, blank=True, help_text="the worker that runs it")
    log = models.TextField(blank=True, help_text="technical log for the administrator")
    result = models.JSONField(null=True)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True, help_text=_("last sign of life from the worker that runs it"))
    progress_at = models.DateTimeField(null=True, help_text="when it last told of progress")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=~models.Q(key="") & models.Q(state__in=["queued", "running", "done"]),
                name="job_once_per_key",
            )
        ]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        """Kind, number, state."""
        return f"{self.kind} {self.pk} {self.state}"

    @property
    def step(self) -> str:
        """What it is doing, in the reader's language."""
        return self.step_zh if reader.chinese() else self.step_en

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}

    @property
    def percent(self) -> int | None:
        """How far it is, 0 to 100; none while the amount of work is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None


class JobLine(models.Model):
    """One line of a job's log, in both languages."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField(auto_now_add=True)
    zh = models.CharField(max_length=500)
    en = models.CharField(max_length=500)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        """The line in the reader's language."""
        return self.zh if reader.chinese() else self.en


class Worker(models.Model):
    """A process that runs jobs, and its last sign of life."""

    name = models.CharField(max_length=80, primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-seen_at"]
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        """Its name: machine and process number."""
        return self.name


class ScheduledRun(models.Model):
    """One slot of a job's schedule that was dealt with; the constraint keeps two ticks from dealing with it twice."""

    kind = models.SlugField(max_length=60)
    slot = models.DateTimeField(help_text="business date and time of day that it was due")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-slot"]
        constraints = [models.UniqueConstraint(fields=["kind", "slot"], name="scheduled_run_once")]

    def __str__(self) -> str:
        """Kind and slot."""
        return f"{self.kind} {self.slot:%Y-%m-%d %H:%M}"
