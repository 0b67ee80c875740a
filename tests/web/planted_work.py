"""One of everything that is reported, warned of and worked on, in each of the four places: see :mod:`tests.web.planted`."""

from __future__ import annotations

from typing import Any

from tests.web.planted import Place, plants


@plants
def filings(house: Any, place: Place) -> dict[str, Any]:
    """A report that a firm of the place has sent and may still correct."""
    from datetime import datetime, timedelta

    from commercebrain.desk.forms.models import Report, Round, Submission
    from commercebrain.desk.registry.models import Enterprise
    from commercebrain.engine.catalogue import load_catalogue
    from commercebrain.engine.clock import BEIJING
    from commercebrain.engine.forms import declaration_of

    opens = datetime(2025, 7, 21, tzinfo=BEIJING)
    round_ = Round.objects.create(
        form="order_report", period="2025-W30", unit=place.unit, approval="示例批准文号",
        declaration=declaration_of(load_catalogue().forms["order_report"]), opens_at=opens,
        due_at=opens + timedelta(days=4), locks_at=opens + timedelta(days=11),
    )  # fmt: skip
    firm = Enterprise.objects.get(uscc__endswith="A", unit=place.unit, merged_into=None)
    report = Report.objects.create(
        round=round_, enterprise=firm, unit=place.unit, county=place.region, state="sent", first_sent_at=opens
    )
    answers = {"orders_in_hand": "0", "trend": "same", "cover": "under_1"}
    Submission.objects.create(report=report, number=1, answers=answers, digest="x", sent_at=opens, sent_on="2025-07-21")
    values: dict[str, Any] = {
        f"filing:{view}:pk": report.pk for view in ("report", "sent", "trend", "exception", "template")
    }
    values |= {f"api:{view}:report": report.pk for view in ("own_report", "submissions")}
    return {**values, "api:submissions POST:body": {"answers": {**answers, "note": "无订单"}}}


@plants
def reporting(house: Any, place: Place) -> dict[str, Any]:
    """The bureau's side of the same round, and a request to file after its lock that somebody else asked."""
    from datetime import datetime

    from commercebrain.desk.forms.models import LockException, Report, Round
    from commercebrain.engine.clock import BEIJING

    round_ = Round.objects.get(form="order_report", period="2025-W30", unit=place.unit)
    report = Report.objects.get(round=round_)
    asked = LockException.objects.create(
        round=round_, unit=place.unit, enterprise=report.enterprise, until=datetime(2025, 8, 30, tzinfo=BEIJING),
        reason="系统故障",
    )  # fmt: skip
    values: dict[str, Any] = {f"forms:{view}:pk": round_.pk for view in ("round", "close", "exception_ask")}
    values |= {f"forms:{view}:pk": report.pk for view in ("report", "reveal", "pass", "return", "excuse", "remind")}
    values |= {f"forms:{view}:pk": asked.pk for view in ("exception", "exception_decide")}
    values |= {f"forms:{view}:code": "order_report" for view in ("form", "open", "end", "resume")}
    values |= {f"forms:{view}:unit": place.unit.pk for view in ("end", "resume")}
    values |= {"api:reporting_round:round_id": round_.pk}
    values |= {f"api:{view}:report_id": report.pk for view in ("reporting_report", "pass_report", "return_report")}
    values["api:pass_report POST:body"] = {"seen": 1}
    values["api:return_report POST:body"] = {"seen": 1, "sentence": "请核对", "remarks": []}
    return values


@plants
def warnings(house: Any, place: Place) -> dict[str, Any]:
    """A signal of a firm of the place, a rule in use there, one that nobody in the table proposed, a quiet period."""
    from datetime import date, datetime, timedelta

    from commercebrain.desk.registry.models import Enterprise
    from commercebrain.desk.warnings.kinds import declaration_of, rules
    from commercebrain.desk.warnings.models import Quiet, RuleUse, Signal
    from commercebrain.engine.clock import BEIJING

    at, day = datetime(2025, 7, 21, 6, tzinfo=BEIJING), date(2025, 7, 21)
    rule = next(one for one in rules().values() if one.subject == "firm" and one.case)
    declared = declaration_of(rule)
    firm = Enterprise.objects.get(uscc__endswith="A", unit=place.unit, merged_into=None)
    signal = Signal.objects.create(
        rule=rule.code, bureau=place.unit, unit=place.unit, subject_kind="firm", subject=firm.uscc, enterprise=firm,
        subject_zh=firm.name_zh, region=place.region, level="watch", period="2025-06", sentence_zh="出口下降",
        sentence_en="exports fell", declaration=declared, opened_on=day, opened_at=at, last_held_on=day, told_on=day,
        due_at=at + timedelta(days=2),
    )  # fmt: skip
    told = {"rule": rule.code, "unit": place.unit, "declaration": declared, "proposed_at": at}
    used = RuleUse.objects.create(**told, state="on", since=day)
    waiting = RuleUse.objects.create(**told)
    quiet = Quiet.objects.create(unit=place.unit, starts=day, ends=day + timedelta(days=3), reason="检修")
    values: dict[str, Any] = {
        f"warnings:{view}:pk": signal.pk for view in ("signal", "acknowledge", "note", "false_alarm", "case")
    }
    values |= {f"warnings:{view}:code": rule.code for view in ("rule", "rule_test", "rule_propose")}
    values |= {f"warnings:{view}:pk": waiting.pk for view in ("rule_approve", "rule_decline")}
    values |= {"warnings:rule_off:pk": used.pk, "warnings:quiet_end:pk": quiet.pk}
    values |= {"warnings:rule_propose:unit": place.unit.pk}
    for view in ("signal", "acknowledge_signal", "false_alarm", "note_signal", "open_signal_case"):
        values[f"api:{view}:signal_id"] = signal.pk
    values |= {f"api:{view}:rule_code": rule.code for view in ("rule", "back_tests")}
    said = {"sentence": "本周走访", "version": 1}
    values |= {f"api:{view} POST:body": said for view in ("acknowledge_signal", "false_alarm")}
    values |= {"api:note_signal POST:body": {"sentence": "已联系"}, "api:open_signal_case POST:body": {"version": 1}}
    return values | {"api:back_tests POST:body": {"unit": place.unit.pk, "first": "2024-01", "last": "2025-02"}}


@plants
def cases(house: Any, place: Place) -> dict[str, Any]:
    """A case of the place for the API, with a document that waits for an approval."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from commercebrain.desk.cases import actions
    from commercebrain.desk.cases.models import Paper

    case = actions.start("remedy_case", unit=place.unit, region=place.region, title=("救济案件", "Remedy case"))
    file = SimpleUploadedFile("答卷.pdf", b"%PDF-1.4 " + place.name.encode() + b"\n%%EOF")
    paper = actions.add_paper(case, None, file, "government_answer")
    Paper.objects.filter(pk=paper.pk).update(approval="asked", asked_by=house.people.nobody)
    case.refresh_from_db()
    views = ("case", "case_paper", "move_case", "note_case", "add_case_paper", "ask_case_paper", "decide_case_paper")
    values: dict[str, Any] = {f"api:{view}:case": case.pk for view in views}
    values |= {f"api:{view}:paper": paper.pk for view in ("case_paper", "ask_case_paper", "decide_case_paper")}
    bodies = {
        "cases POST": {"template": "remedy_case", "title": "新案件", "unit": place.unit.pk},
        "case PATCH": {"values": {"product": "瓷砖"}, "version": case.version},
        "move_case POST": {"transition": "withdrawn_abroad", "sentence": "申请人撤诉", "version": case.version},
        "note_case POST": {"text": "已联系企业"},
        "add_case_paper POST": {"purpose": "notice", "file": SimpleUploadedFile("公告.pdf", b"%PDF-1.4 x\n%%EOF")},
        "decide_case_paper POST": {"approve": True},
    }
    return values | {f"api:{view}:body": body for view, body in bodies.items()}


@plants
def case_pages(house: Any, place: Place) -> dict[str, Any]:
    """Two cases of the place: a warning that waits for its contact, a trade-remedy case with all that belongs to one; and
    a ranking of the bureau with a row of one county."""
    from datetime import date, datetime

    from django.core.files.uploadedfile import SimpleUploadedFile

    from commercebrain.desk.cases import actions
    from commercebrain.desk.cases.models import CaseFirm, Clock, Paper, Participant
    from commercebrain.desk.registry.models import Enterprise
    from commercebrain.desk.warnings.models import Ranking
    from commercebrain.engine.clock import BEIJING

    at = datetime(2025, 7, 21, 6, tzinfo=BEIJING)
    told = {"unit": place.unit, "region": place.region}
    warned = actions.start("warning_response", title=("订单下降", "Orders fall"), **told)
    actions.move(warned, None, "acknowledge")
    clock = Clock.objects.get(case=warned, met_at=None)
    remedy = actions.start("remedy_case", title=("反倾销调查", "Anti-dumping inquiry"), **told)
    firm = Enterprise.objects.get(uscc__endswith="A", unit=place.unit, merged_into=None)
    named = CaseFirm.objects.create(case=remedy, enterprise=firm)
    part = Participant.objects.create(case=remedy, unit=house.units.nanjing, role="partner", joined_at=at)
    if place.name == "foreign":  # nobody there takes part in its own case
        part.unit = house.units.sample
        part.save()
    papers = {}
    for state, name in (("draft", "意见"), ("asked", "答卷")):
        file = SimpleUploadedFile(f"{name}.pdf", b"%PDF-1.4 " + f"{place.name} {name}".encode() + b"\n%%EOF")
        papers[state] = actions.add_paper(remedy, None, file, "comment")
    Paper.objects.filter(pk=papers["asked"].pk).update(approval="asked", asked_by=house.people.nobody)
    row = {
        "key": "330203",
        "name_zh": "海曙区",
        "name_en": "Haishu",
        "place": 1,
        "total": "90",
        "points": "90",
        "of": "100",
        "items": [],
    }
    ranking = Ranking.objects.create(
        unit=place.unit,
        period="2025-Q2",
        declaration={"items": []},
        result={"rows": [row]},
        as_of=date(2025, 7, 21),
        made_at=at,
    )
    of_warned = ("case", "fill", "edit", "move", "take", "hand_over", "withdraw", "reveal", "note", "pause", "resume")
    of_remedy = (
        "join",
        "leave",
        "paper_add",
        "paper",
        "paper_ask",
        "paper_decide",
        "firm_add",
        "firm_tell",
        "firm_edit",
    )
    values: dict[str, Any] = {f"cases:{view}:pk": warned.pk for view in of_warned}
    values |= {f"cases:{view}:pk": remedy.pk for view in of_remedy}
    values |= {f"cases:{view}:clock": clock.pk for view in ("pause", "resume")}
    values |= {f"cases:{view}:paper": papers["draft"].pk for view in ("paper", "paper_ask")}
    values |= {f"ranking:{view}:pk": ranking.pk for view in ("ranking", "sign", "appeal")}
    return values | {
        "cases:start:template": "warning_response", "cases:move:transition": "contact", "cases:leave:part": part.pk,
        "cases:paper_decide:paper": papers["asked"].pk, "cases:firm_edit:row": named.pk,
    }  # fmt: skip
