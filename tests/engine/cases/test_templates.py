"""Templates: what is shipped is sound and walks as it says; what is wrong in a file is told with its line; gates are one table."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.depth import examples

from commercebrain.engine.cases import (
    Facts,
    Template,
    declaration_of,
    missing,
    moves,
    opened,
    read_declaration,
    read_values,
)
from commercebrain.engine.cases.gates import taken_with
from commercebrain.engine.cases.graph import passed
from commercebrain.engine.cases.running import events
from commercebrain.engine.cases.walking import Walked, walk
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError

ROOT = Path(__file__).parents[3]
SHIPPED = ("warning_response", "remedy_case", "firm_request")
NOW = datetime(2025, 7, 21, 9, tzinfo=BEIJING)


def template(code: str = "warning_response") -> Template:
    return load_catalogue().templates[code]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("measures.yaml", "templates/warning_response.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / "src/commercebrain/catalogue" / name).read_bytes())
    return tmp_path


def faults(folder: Path, change: Any = None) -> list[str]:
    file = folder / "templates" / "warning_response.yaml"
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    if change is not None:
        change(data)
        data["examples"] = []
        file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return [fault.reason_en for fault in load_catalogue(folder).check()]


@pytest.mark.parametrize("code", SHIPPED)
def test_what_is_shipped_walks_as_its_examples_say(code: str) -> None:
    one = template(code)
    assert one.examples
    assert [walk(one, example)[1] for example in one.examples] == [None] * len(one.examples)


def test_every_outcome_of_a_shipped_template_is_reached_by_somebody() -> None:
    for code in SHIPPED:
        one = template(code)
        by_gate = any("outcome" in gate.need for gate in one.gates)
        set_ = {str(way.sets["outcome"]) for way in one.transitions.values() if "outcome" in way.sets}
        assert by_gate or set_ == set(one.outcomes), code


def test_the_example_of_the_how_to_page_runs(tmp_path: Path) -> None:
    text = (ROOT / "docs/how-to/declare-a-case.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "one.yaml").write_text(found.group(1), encoding="utf-8")
    loaded = load_catalogue(tmp_path)
    assert [fault.reason_en for fault in loaded.check()] == []
    assert list(loaded.templates) == ["exhibition_help"]


@pytest.mark.parametrize("code", SHIPPED)
def test_a_case_keeps_its_template_through_a_database_that_forgets_the_order_of_keys(code: str) -> None:
    one = template(code)
    kept = declaration_of(one)
    shuffled = {key: kept[key] for key in sorted(kept)}
    again = read_declaration(shuffled)
    assert list(again.stages) == list(one.stages)
    assert list(again.clocks) == list(one.clocks)
    assert [list(field.choices) for field in again.fields] == [list(field.choices) for field in one.fields]
    assert again.model_copy(update={"examples": one.examples}) == one


def test_a_key_that_a_later_version_no_longer_knows_does_not_stop_a_running_case() -> None:
    kept = declaration_of(template())
    kept["colour"] = "red"
    kept["stages"][1]["colour"] = "blue"
    kept["fields"][0]["colour"] = "green"
    assert list(read_declaration(kept).stages) == list(template().stages)


# -- faults


def test_the_shipped_template_alone_is_sound(folder: Path) -> None:
    assert faults(folder) == []


def _drop(data: dict[str, Any], *keys: str) -> None:
    for key in keys:
        del data["transitions"][key]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["transitions"]["contact"].update(to="contactd"), "did you mean “contacted”"),
        (lambda d: d["transitions"]["contact"].update(may="oficer"), "did you mean “officer”"),
        (lambda d: d["transitions"]["contact"].update(may="firm"), "The firm does not see such a case"),
        (lambda d: d["gates"][0].update(need=["contacted_onn"]), "did you mean “contacted_on”"),
        (lambda d: d["stages"].update(lost={"name": {"zh": "迷", "en": "lost"}}), "No transition leads to the stage “lost”"),
        (lambda d: _drop(d, "close_result"), "no way leads to the end"),
        (lambda d: d["stages"]["closed"].pop("final"), "No stage is final"),
        (lambda d: d["transitions"]["close_explained"].update(when="findng == 'explained'"), "finding"),
        (lambda d: d["transitions"]["close_explained"].update(when="finding == 'sunny'"), "sunny"),
        (lambda d: d["transitions"]["close_explained"]["sets"].update(outcome="gone"), "There is no choice “gone”"),
        (lambda d: d["transitions"]["another_measure"].update(renews=["measure_dun"]), "did you mean “measure_due”"),
        (lambda d: d["clocks"]["measure"].update(until="finding"), "must have the type date"),
        (lambda d: d["clocks"]["contact"].update(within="3 moons"), "3 moons"),
        (lambda d: d["clocks"]["contact"].update({"from": "followed", "to": "opened"}), "cannot be reached"),
        (lambda d: d["escalate"].append({"after": "1 working day late", "to": "king"}), "There is no role “king”"),
        (lambda d: d["escalate"].reverse(), "from early to late"),
        (lambda d: d["follow_up"].update(after="finding"), "This must be a date field"),
        (lambda d: d["gates"].pop(), "without an outcome"),
        (lambda d: d["fields"][0].update(firm_enters=True), "the firm is to fill it in"),
        (lambda d: d["fields"].append(d["fields"][0]), "given twice"),
        (lambda d: d.update(starts=["signal"], gates=[*d["gates"], {"from": "opened", "need": ["lesson"]}]), "nobody to fill"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_template_is_told(folder: Path, change: Any, told: str) -> None:
    found = faults(folder, change)
    assert any(told.lower() in one.lower() for one in found), found


def test_a_clock_that_waits_for_a_field_nobody_must_fill_in_is_a_fault(folder: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["fields"].append({"code": "heard_on", "name": {"zh": "获知", "en": "Heard"}, "type": "date"})
        data["clocks"]["contact"]["from"] = "heard_on"

    assert any("may never start" in one for one in faults(folder, change))


# -- gates and moves


def test_one_function_says_what_is_missing_and_whether_it_is_valid() -> None:
    one = template()
    lacks = missing(one, "contact", {})
    assert [(part.what, part.code) for part in lacks] == [
        ("field", "contacted_on"), ("field", "contact_way"), ("field", "finding"),
    ]  # fmt: skip
    assert lacks[0].zh == "请填写“走访（联系）日期”。"
    values = {"contacted_on": "2025-07-21", "contact_way": "call", "finding": "tariff"}
    assert missing(one, "contacted", values) == []
    assert [part.code for part in missing(one, "contacted", {**values, "finding": "other"})] == ["situation"]


def test_what_an_earlier_stage_asked_for_is_still_asked_for_later() -> None:
    one = template()
    assert passed(one, "followed") == {"opened", "acknowledged", "contacted", "measure", "followed"}
    assert {part.code for part in missing(one, "followed", {})} == {
        "contacted_on", "contact_way", "finding", "measure_kind", "measure_due", "measure_done",
    }  # fmt: skip


def test_a_way_round_a_stage_does_not_ask_for_what_only_that_stage_needs() -> None:
    one = template()
    values = {"contacted_on": "2025-07-21", "contact_way": "call", "finding": "false_alarm", "situation": "x"}
    assert missing(one, "close_false_alarm", values) == []
    # A case that has been through the measure keeps its gate, also when it is closed.
    through = Facts(through=["measure"])
    assert {part.code for part in missing(one, "closed", values | {"outcome": "recovered"}, facts=through)} == {
        "measure_kind", "measure_due",
    }  # fmt: skip


def test_a_further_measure_is_asked_for_anew_and_only_when_the_case_comes_to_its_gates_again() -> None:
    one = template()
    values = {
        "contacted_on": "2025-07-21", "contact_way": "call", "finding": "price", "measure_kind": "visit",
        "measure_due": "2025-07-31", "measure_done": "2025-07-30", "outcome": "not_recovered",
    }  # fmt: skip
    been = Facts(through=("opened", "acknowledged", "contacted", "measure", "followed"))
    assert [each.code for each in missing(one, "another_measure", values, facts=been)] == [
        "measure_kind",
        "measure_due",
    ]
    typed = {"measure_kind": "new_markets", "measure_due": "2025-12-31"}
    assert missing(one, "another_measure", values, facts=been, typed=typed) == []
    after = taken_with(one.transitions["another_measure"], values, typed)
    assert after["measure_due"] == "2025-12-31" and not {"measure_done", "outcome"} & set(after)
    assert missing(one, "measure", after, facts=been) == [], "what the next stage asks for is not asked for before it"
    assert [each.code for each in missing(one, "take_effect", after, facts=been)] == ["measure_done"]
    lost = {**values, "measure_done": ""}
    assert [each.code for each in missing(one, "closed", lost, facts=been)] == ["measure_done"], "it cannot come again"


def test_gates_on_firms_name_the_firm_that_lacks_it() -> None:
    one = template("remedy_case")
    values = {"authority": "eu27", "remedy": "anti_dumping", "product": "x", "products": "690790",
              "initiated_on": "2025-07-01", "told_firms_on": "2025-07-01", "basics_sent_on": "2025-07-02"}  # fmt: skip
    assert [(part.what, part.code) for part in missing(one, "organise", values)] == [("firms", "firms")]
    lacks = missing(one, "organise", values, [{"responds": "yes"}, {}])
    assert [(part.code, part.firm) for part in lacks] == [("responds", 1)]
    assert "第2家" in lacks[0].zh


def test_moves_are_only_those_of_the_person_and_say_why_they_cannot_be_made_yet() -> None:
    one = template()
    values = {"contacted_on": "2025-07-21", "contact_way": "call", "finding": "tariff"}
    assert moves(one, "contacted", values, lambda who: False) == []
    found = {move.code: move for move in moves(one, "contacted", values, lambda who: who in ("owner", "officer"))}
    assert set(found) == {"decide_measure", "close_false_alarm", "close_explained"}
    assert not found["decide_measure"].ready
    assert [part.code for part in found["decide_measure"].missing] == ["measure_kind", "measure_due"]
    assert found["close_false_alarm"].holds is False
    assert found["close_false_alarm"].why is not None and "误报" in found["close_false_alarm"].why.zh


def test_a_condition_that_is_not_known_is_no_yes() -> None:
    one = template()
    found = {move.code: move for move in moves(one, "contacted", {}, lambda who: True)}
    assert found["close_false_alarm"].holds is None and not found["close_false_alarm"].ready


def test_an_unknown_stage_gets_the_nearest_word() -> None:
    with pytest.raises(UserError) as told:
        missing(template(), "contactd", {})
    assert "contact" in told.value.en


def test_values_are_read_as_registers_read_them_and_all_faults_are_told() -> None:
    read = read_values(
        template().by_code,
        {"contacted_on": "2025年7月21日", "finding": "价格竞争", "colour": "x", "measure_due": "soon"},
    )
    assert read.values == {"contacted_on": "2025-07-21", "finding": "price"}
    assert [fault.field for fault in read.faults] == ["colour", "measure_due"]


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_a_case_walked_at_random_never_stands_where_its_gates_are_open(data: st.DataObject) -> None:
    """Whatever is filled in and tried: a stage that was entered lacks nothing, and a closed case has an outcome."""
    one = template(data.draw(st.sampled_from(SHIPPED)))
    other = {"date": "2025-07-21", "integer": "3", "decimal": "3", "products": "690790", "partner": "eu27"}
    case = Walked(
        one, NOW, firms=[{"responds": "yes", "rate_preliminary": "3", "rate_final": "3"}], given={"checked": 1}
    )
    case.start()
    for _ in range(25):
        ways = list(one.from_stage(case.stage))
        if not ways:
            break
        code = data.draw(st.sampled_from(ways))
        wanted = [part.code for part in missing(one, code, case.values, case.firms, case.facts) if part.what == "field"]
        extra = data.draw(st.lists(st.sampled_from(sorted(one.by_code)), max_size=2))
        for field in [*wanted, *extra]:
            kind = one.by_code[field]
            choice = data.draw(st.sampled_from([*kind.choices, ""])) if kind.choices else other.get(kind.type, "990100")
            with suppress(UserError):
                case.fill({field: choice})
        with suppress(UserError):
            case.move(code, data.draw(st.sampled_from(["officer", "firm", "system"])), "x")
        if case.stage != one.first:
            assert missing(one, case.stage, case.values, case.firms, case.facts) == []
    event(f"{one.code} {case.stage}")
    if one.is_final(case.stage):
        assert case.values.get("outcome")
        assert not case.running


def test_what_a_stage_stands_on_cannot_be_emptied_and_what_was_missing_may_still_be() -> None:
    one = template()
    held = {"contacted_on": "2025-07-21", "contact_way": "call", "finding": "tariff"}
    assert [part.code for part in opened(one, "contacted", held, {**held, "contact_way": None})] == ["contact_way"]
    assert [part.code for part in opened(one, "contacted", held, {**held, "finding": "other"})] == ["situation"]
    assert opened(one, "contacted", {}, {"finding": "tariff"}) == []


# -- clocks of a case


def _events(code: str, **given: Any) -> list[tuple[str, str]]:
    found = events(template(code), **{"at": NOW, "before": {}, "after": {}, "running": (), **given})
    return [(one.clock, one.what) for one in found]


def test_a_stage_that_is_entered_starts_its_clock_and_meets_the_one_before() -> None:
    assert _events("warning_response", stage="opened", entered={"opened": NOW}, starts=True) == [
        ("acknowledge", "start")
    ]
    way = template().transitions["acknowledge"]
    entered = {"opened": NOW, "acknowledged": NOW}
    assert _events("warning_response", stage="acknowledged", entered=entered, running=["acknowledge"], moved=way) == [
        ("acknowledge", "meet"), ("contact", "start"),
    ]  # fmt: skip


def test_a_closed_case_has_no_running_clock() -> None:
    way = template().transitions["close_false_alarm"]
    entered = {"opened": NOW, "acknowledged": NOW, "contacted": NOW, "closed": NOW}
    told = _events("warning_response", stage="closed", entered=entered, running=["decide", "contact"], moved=way)
    assert told == [("decide", "meet"), ("contact", "drop")]


def test_a_deadline_that_the_authority_moves_moves_the_clock_and_an_unknown_authority_is_told() -> None:
    entered = {"initiation": NOW, "questionnaire": NOW}
    given = {"stage": "questionnaire", "entered": entered}
    first, later = {"authority": "USA"}, {"authority": "USA", "questionnaire_due": "2025-09-02"}
    assert _events("remedy_case", before=first, after=later, **given) == [("answers", "start")]
    moved = {**later, "questionnaire_due": "2025-10-01"}
    assert _events("remedy_case", before=later, after=moved, running=["answers"], **given) == [("answers", "move")]
    assert _events("remedy_case", before=later, after=later, running=["answers"], **given) == []
    nowhere = events(
        template("remedy_case"), at=NOW, before={}, after={**later, "authority": "TUV"}, running=(), **given
    )  # type: ignore[arg-type]
    assert [(one.what, one.fault.code if one.fault else "") for one in nowhere] == [("unknown", "case.no_calendar")]


def test_asking_the_firm_pauses_the_clock_and_its_answer_resumes_it() -> None:
    one = template("firm_request")
    entered = dict.fromkeys(("submitted", "accepted", "in_hand", "waiting_firm"), NOW)
    ask, reply = one.transitions["ask_firm"], one.transitions["firm_replies"]
    assert _events("firm_request", stage="waiting_firm", entered=entered, running=["answer"], moved=ask) == [
        ("answer", "pause")
    ]
    assert _events("firm_request", stage="in_hand", entered=entered, running=["answer"], moved=reply) == [
        ("answer", "resume")
    ]


def test_an_answer_that_is_sent_back_starts_its_clock_anew() -> None:
    one = template("firm_request")
    entered = dict.fromkeys(("submitted", "accepted", "in_hand", "answered"), NOW)
    told = _events(
        "firm_request", stage="in_hand", entered=entered, running=["confirm"], moved=one.transitions["reopen"]
    )
    assert told == [("confirm", "meet"), ("answer", "start")]


def test_an_authority_of_an_unknown_zone_or_country_is_a_fault_and_loading_does_not_wait_for_holidays(
    tmp_path: Path,
) -> None:
    one = "{code: USA, name: {zh: 甲, en: A}, body: {zh: 甲, en: A}, holidays: QQ, zone: Mars/Base, source: {doc: x}}"
    (tmp_path / "authorities.yaml").write_text(f"- {one}\n", encoding="utf-8")
    loaded = load_catalogue(tmp_path)
    assert not loaded.faults
    assert sorted(fault.reason_en for fault in loaded.check()) == [
        "No time zone “Mars/Base”.",
        "The holidays of “QQ” are not known.",
    ]


@pytest.mark.parametrize("day", ["0001-01-01", "1949-12-31", "2200-01-01", "9999-12-31"])
def test_a_date_from_which_no_clock_could_run_is_refused_beside_its_field(day: str) -> None:
    fields = load_catalogue().templates["warning_response"].by_code
    read = read_values(fields, {"measure_done": day, "contacted_on": "2025-07-21"})
    assert [(one.field, one.code) for one in read.faults] == [("measure_done", "case.far_date")]
    assert dict(read.values) == {"contacted_on": "2025-07-21"} and "2199" in read.faults[0].zh
    assert dict(read_values(fields, {"measure_done": ""}).values) == {"measure_done": None}
