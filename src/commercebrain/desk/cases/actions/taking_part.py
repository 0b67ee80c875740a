"""Who works on a case: handing it over, who takes part beside the owner, what was said and decided."""

from __future__ import annotations

from django.db import transaction

from commercebrain.desk.cases import rates
from commercebrain.desk.cases.assigning import works_there
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, Note, Participant
from commercebrain.desk.cases.refusing import not_yours, refused
from commercebrain.desk.cases.rights import acts, is_firms
from commercebrain.desk.cases.taking import taken
from commercebrain.desk.cases.telling import told
from commercebrain.desk.cases.values import unfit
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person, Unit

TEXT = 2000
SENTENCE = 500


@transaction.atomic
def hand_over(
    case: Case, person: Person | None, to: Unit | Person, sentence: str = "", seen: int | None = None
) -> Case:
    """Hands a case to another unit, with a sentence, or puts a person of its unit in charge.

    The unit that answers for it or one above may; a unit that is handed a case has nobody in charge yet. Raises
    :class:`UserError`: no right, no sentence, a unit that is closed, or a person who does not work there.
    """
    row = taken(case, seen)
    if not acts(person, row, superior=True):
        raise not_yours()
    sentence = sentence.strip()[:SENTENCE]
    if isinstance(to, Unit):
        if not sentence:
            raise unfit({"sentence": [("请写明转交的原因。", "Say why it is handed over.")]}, "cases.no_sentence")
        if to.closed_on is not None:
            raise refused("unit_closed", f"{to.name_zh}已撤销。", f"{to.name_en} is closed.", 400)
        if to.pk == row.unit_id:
            raise refused("same_unit", "事项本来就由该单位办理。", "That unit has the case already.", 400)
        before, row.unit, row.officer = row.unit, to, None
        row.save(update_fields=["unit", "officer", "updated_at"])
        data = {"to": to.name_zh, "to_en": to.name_en, "sentence": sentence, **told(row)}
        record("case.handed_over", row, person, to, source=before.name_zh, source_en=before.name_en, **data)
    else:
        if not works_there(to, row.unit):
            raise refused(
                "not_there", f"{to}不在{row.unit.name_zh}工作，不能由其负责。",
                f"{to} does not work in {row.unit.name_en} and cannot be put in charge.", 400,
            )  # fmt: skip
        row.officer = to
        row.save(update_fields=["officer", "updated_at"])
        data = {"who": str(to.name_zh or to), "who_en": str(to.name_en or to), "persons": [to.pk], **told(row)}
        record("case.put_in_charge", row, person, row.unit, **data)
    rates.put(row)
    case.refresh_from_db()
    return row


@transaction.atomic
def hand_on(case: Case, to: Unit) -> Case:
    """Hands a case whose unit was closed to one at work, by the system; nobody is in charge of it there yet. A case that a
    person handed over at the same moment stays where it is."""
    row = taken(case)
    if row.unit.closed_on is None or to.closed_on is not None:
        return row
    before, row.unit, row.officer = row.unit, to, None
    row.save(update_fields=["unit", "officer", "updated_at"])
    names = {"source": before.name_zh, "source_en": before.name_en, "to": to.name_zh, "to_en": to.name_en}
    record("case.handed_on", row, None, to, **names, **told(row))
    rates.put(row)
    return row


def comment(case: Case, person: Person, text: str, *, internal: bool = True) -> Note:
    """Leaves a comment; what a firm's user says is never internal."""
    return _note(case, person, text, Note.Kind.COMMENT, internal)


def decide(case: Case, person: Person, text: str, *, internal: bool = True) -> Note:
    """Keeps a decision with its day; the unit that answers for the case or one above may, never the firm."""
    return _note(case, person, text, Note.Kind.DECISION, internal)


@transaction.atomic
def _note(case: Case, person: Person, text: str, kind: str, internal: bool) -> Note:
    row = taken(case, ended=True)
    if not acts(person, row, superior=True, firm=kind == Note.Kind.COMMENT):
        raise not_yours()
    text = text.strip()
    if not text or len(text) > TEXT:
        raise unfit({"text": [(f"请写1至{TEXT}个字。", f"Write 1 to {TEXT} characters.")]}, "cases.no_text")
    internal = (internal and not is_firms(person, row)) or not row.firm_sees
    note = Note.objects.create(case=row, kind=kind, text=text, internal=internal, at=now(), on=today(), by=person)
    verb = "case.decided" if kind == Note.Kind.DECISION else "case.noted"
    # What was said is told to the firm's users only where they may read it; a verb of its own tells nobody else.
    record(verb, row, person, row.unit, **_inside(row), **({} if internal else {"firm": row.enterprise_id or 0}))
    row.save(update_fields=["updated_at"])
    return note


@transaction.atomic
def join(case: Case, person: Person | None, who: Unit | Person, role: str, *, may_act: bool = False) -> Participant:
    """Has a unit or a person take part in a case, in a role of its template. Somebody who takes part already stays, with
    the role and right given now."""
    row = taken(case)
    if not acts(person, row, superior=True):
        raise not_yours()
    roles = template_of(row).participants
    if role not in roles:
        known = [one.zh for one in roles.values()], [one.en for one in roles.values()]
        raise refused(
            "no_role",
            f"请选择参与方式：{'、'.join(known[0]) or '（无）'}。",
            f"Choose one of: {', '.join(known[1]) or '(none)'}.",
            400,
        )
    of = {"unit": who} if isinstance(who, Unit) else {"person": who}
    # The case is claimed: nobody else has the same one take part meanwhile.
    made = Participant.objects.filter(case=row, left_at=None, **of).first()
    if made is None:
        made = Participant(case=row, joined_at=now(), by=person, **of)
    elif (made.role, made.may_act) == (role, may_act):
        return made
    made.role, made.may_act = role, may_act
    made.save()
    name = (who.name_zh, who.name_en) if isinstance(who, Unit) else (str(who.name_zh or who), str(who.name_en or who))
    persons = [] if isinstance(who, Unit) else [who.pk]
    record(
        "case.joined", row, person, who if isinstance(who, Unit) else row.unit, who=name[0], who_en=name[1],
        role=roles[role].zh, role_en=roles[role].en, persons=persons, **_inside(row),
    )  # fmt: skip
    row.save(update_fields=["updated_at"])
    return made


@transaction.atomic
def leave(participant: Participant, person: Person | None) -> Participant:
    """Ends that somebody takes part; who does may leave by themselves. From then on they see nothing of the case."""
    row = taken(participant.case)
    itself = person is not None and participant.person_id == person.pk
    if not itself and not acts(person, row, superior=True):
        raise not_yours()
    Participant.objects.filter(pk=participant.pk, left_at=None).update(left_at=now())
    who = participant.unit or participant.person
    record(
        "case.left", row, person, row.unit, who=str(getattr(who, "name_zh", "") or who),
        who_en=str(getattr(who, "name_en", "") or who), **_inside(row),
    )  # fmt: skip
    row.save(update_fields=["updated_at"])
    participant.refresh_from_db()
    return participant


def _inside(row: Case) -> dict[str, object]:
    return {key: value for key, value in told(row).items() if key != "firm"}
