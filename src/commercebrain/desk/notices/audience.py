"""Whom an event is told: by the kind's own audience, by subscription, and never beyond what a person may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Model, Q

from commercebrain.desk.access.models import ApiToken
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.models import Event, Job
from commercebrain.desk.notices.kinds import Kind, by_verb
from commercebrain.desk.notices.models import Mail, Subscription
from commercebrain.desk.people.models import Membership, Person, Scope, Unit
from commercebrain.desk.registry.models import Region


@dataclass(frozen=True)
class Told:
    """One person to be told of one event, and how."""

    person: int
    event: Event
    kind: Kind
    in_app: bool
    mail: str


class Audience:
    """Finds the persons for a batch of events with a fixed number of queries plus one a person."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = [event for event in events if event.verb in by_verb()]
        self.day = today()

    @cached_property
    def units(self) -> dict[int, Unit]:
        """The events' units by id."""
        ids = {event.unit_id for event in self.events if event.unit_id}
        return {unit.pk: unit for unit in Unit.objects.filter(pk__in=ids).select_related("region", "parent")}

    @cached_property
    def members(self) -> dict[int, list[tuple[int, bool]]]:
        """Who works in the events' units and above: unit → persons, each with whether the role runs the system."""
        wanted = {int(part) for unit in self.units.values() for part in unit.path.split("/") if part}
        rows = Membership.objects.in_force(self.day).filter(unit__in=wanted, person__is_active=True)
        found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for unit, person, runs in rows.values_list("unit", "person", "role__runs_system"):
            found[unit].append((person, runs))
        return found

    @cached_property
    def administrators(self) -> set[int]:
        """Who runs the whole system: told of what happened in no unit, or in one that nobody near it manages."""
        rows = Membership.objects.in_force(self.day).filter(
            role__runs_system=True, role__manage=Scope.ALL, person__is_active=True
        )
        return set(rows.values_list("person", flat=True))

    def _persons_of(self, model: type[Model]) -> dict[tuple[str, str], int]:
        """The persons of the rows of a model that events are about, by the event's subject."""
        label = model._meta.label_lower
        ids = {event.subject_id for event in self.events if event.subject_type == label}
        if not ids:
            return {}
        rows = model._default_manager.filter(pk__in=ids, person__isnull=False).values_list("pk", "person")
        return {(label, str(pk)): person for pk, person in rows}

    @cached_property
    def owners(self) -> dict[tuple[str, str], int]:
        """Whom memberships and tokens belong to, and who started jobs: their end is written by the worker."""
        return self._persons_of(Membership) | self._persons_of(ApiToken) | self._persons_of(Job)

    @cached_property
    def users_of_firms(self) -> dict[int, set[int]]:
        """The users of the firms that events name: told of what is asked of their firm."""
        firms = {event.data["firm"] for event in self.events if isinstance(event.data.get("firm"), int)}
        rows = Membership.objects.in_force(self.day).filter(firm__in=firms, person__is_active=True)
        found: dict[int, set[int]] = defaultdict(set)
        for firm, person in rows.values_list("firm", "person"):
            found[firm].add(person)
        return found

    def _concerned(self, event: Event) -> set[int]:
        """The person whom the event is about; of a delegation also who acts."""
        found = {event.data["deputy"]} if isinstance(event.data.get("deputy"), int) else set()
        if event.subject_type == "people.person" and event.subject_id.isdigit():
            found.add(int(event.subject_id))
        elif (owner := self.owners.get((event.subject_type, event.subject_id))) is not None:
            found.add(owner)
        return found

    def _author(self, event: Event) -> int | None:
        return self.owners.get((event.subject_type, event.subject_id), event.person_id)

    def own(self, event: Event, kind: Kind) -> tuple[set[int], set[int]]:
        """Whom the kind itself names: (those it is about, who need no further right, and those by their unit)."""
        about: set[int] = set()
        by_unit: set[int] = set()
        if kind.audience & {"concerned", "owner"}:
            about |= self._concerned(event)
        if "author" in kind.audience and (author := self._author(event)):
            about.add(author)
        if "firm" in kind.audience:
            about |= self.users_of_firms.get(event.data.get("firm", 0), set())
        if "named" in kind.audience:  # whom an escalation chose; what they may not see is not told to them either
            by_unit |= {one for one in event.data.get("persons") or () if isinstance(one, int)}
        unit = self.units.get(event.unit_id or 0)
        if unit is not None:
            if "unit" in kind.audience:
                by_unit |= {person for person, _ in self.members[unit.pk]}
            if "superior" in kind.audience and unit.parent_id:
                by_unit |= {person for person, _ in self.members[unit.parent_id]}
        if "administrators" in kind.audience:
            chain = [int(part) for part in unit.path.split("/") if part] if unit else []
            near = {person for pk in chain for person, runs in self.members[pk] if runs}
            about |= near or self.administrators
        return about, by_unit

    @cached_property
    def subscriptions(self) -> dict[str, list[Subscription]]:
        """All that was subscribed to the events' kinds, by kind."""
        kinds = {by_verb()[event.verb].code for event in self.events}
        rows = Subscription.objects.filter(kind__in=kinds, person__is_active=True).select_related("unit", "region")
        found: dict[str, list[Subscription]] = defaultdict(list)
        for row in rows:
            found[row.kind].append(row)
        return found

    @cached_property
    def below(self) -> dict[int, set[int]]:
        """Subscribed regions with all regions below them."""
        wanted = {row.region_id for rows in self.subscriptions.values() for row in rows if row.region_id}
        if not wanted:
            return {}
        children: dict[int, list[int]] = defaultdict(list)
        for pk, parent in Region.objects.exclude(parent=None).values_list("pk", "parent"):
            children[parent].append(pk)
        found: dict[int, set[int]] = {}
        for region in wanted:
            inside, front = {region}, [region]
            while front:
                front = [child for pk in front for child in children[pk] if child not in inside]
                inside |= set(front)
            found[region] = inside
        return found

    def _covers(self, row: Subscription, event: Event) -> bool:
        unit = self.units.get(event.unit_id or 0)
        if unit is None:
            return False
        if row.unit_id:
            assert row.unit is not None  # noqa: S101 - select_related
            return unit.path.startswith(row.unit.path)
        return unit.region_id in self.below.get(row.region_id or 0, set())

    def told(self) -> list[Told]:
        """Each person and event once, with the ways joined by OR.

        Nobody is told what they did themselves, save the end of their jobs and changes of how they sign in: those may
        have been somebody else's doing in their name.
        """
        wanted: dict[tuple[int, int], Told] = {}
        needs_sight: set[tuple[int, int]] = set()

        def add(person: int, event: Event, kind: Kind, in_app: bool, mail: str, sight: bool) -> None:
            key = (person, event.pk)
            earlier = wanted.get(key)
            if earlier is None:
                if sight:
                    needs_sight.add(key)
            else:
                in_app, mail = in_app or earlier.in_app, _sooner(mail, earlier.mail)
                if not sight:
                    needs_sight.discard(key)
            wanted[key] = Told(person, event, kind, in_app, mail)

        for event in self.events:
            kind = by_verb()[event.verb]
            about, by_unit = self.own(event, kind)
            rows = self.subscriptions.get(kind.code, [])
            chosen = {row.person_id: row for row in rows if not (row.region_id or row.unit_id)}
            own_too = event.subject_type == "core.job" or "owner" in kind.audience
            itself = set() if own_too else {event.person_id}
            for person in (about | by_unit) - itself:
                row = chosen.get(person)
                in_app, mail = (row.in_app, row.mail) if row else (True, kind.mail)
                add(person, event, kind, in_app, mail, sight=person not in about)
            for row in rows:
                if (row.region_id or row.unit_id) and row.person_id not in itself and self._covers(row, event):
                    add(row.person_id, event, kind, row.in_app, row.mail, sight=True)
        return self._in_sight(wanted.values(), needs_sight)

    def _in_sight(self, all_told: Iterable[Told], needs: set[tuple[int, int]]) -> list[Told]:
        """Without what its person may not see at this moment."""
        persons = Person.objects.in_bulk({person for person, _ in needs})
        seen: set[tuple[int, int]] = set()
        for pk, person in persons.items():
            ids = [event for who, event in needs if who == pk]
            for event in Event.objects.visible_to(person, self.day).filter(Q(pk__in=ids)).values_list("pk", flat=True):
                seen.add((pk, event))
        return [
            one
            for one in all_told
            if (one.in_app or one.mail != Mail.OFF)
            and ((one.person, one.event.pk) not in needs or (one.person, one.event.pk) in seen)
        ]


def _sooner(one: str, other: str) -> str:
    order = [Mail.AT_ONCE, Mail.DAILY, Mail.OFF]
    return min(one, other, key=order.index)
