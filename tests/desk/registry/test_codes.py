"""Code lists from files, successions of regions, zones, and codes of one edition in another."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

from commercebrain.desk.registry import actions, queries
from commercebrain.desk.registry.actions.codes import load_registers
from commercebrain.desk.registry.models import Code, Township, Zone
from commercebrain.desk.registry.profiles import Refused, profiles
from commercebrain.desk.registry.queries import zones as zone_queries
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[4] / "shared" / "data" / "codes"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.mark.parametrize("key", sorted(profiles()))
def test_every_profiles_own_examples_hold(key):
    chosen = profiles()[key]
    assert chosen.examples and chosen.source
    for example in chosen.examples:
        got = chosen.take(2, {name: str(value) for name, value in example["row"].items()})
        if "refused" in example:
            assert isinstance(got, Refused) and got.column == example["refused"], (key, got)
        else:
            assert isinstance(got, dict) and example["gives"].items() <= got.items(), (key, got)


@pytest.mark.database
def test_the_shipped_registers_load_and_a_second_time_changes_nothing():
    first, second = load_registers(), load_registers()
    assert first["countries_package"][0] == 249 and first["industries_package"][0] == 117
    assert first["products_package"][0] == 21 + 96
    assert set(second.values()) == {(0, 0)}


def test_hong_kong_macao_and_taiwan_are_named_by_the_rules_and_are_no_countries():
    load_registers()
    rows = Code.objects.filter(list="country", level="region of China").order_by("code")
    assert [(r.name_zh, r.name_en) for r in rows] == [
        ("中国香港", "Hong Kong, China"), ("中国澳门", "Macao, China"), ("中国台湾", "Taiwan, China")
    ]  # fmt: skip


def test_bad_rows_are_named_and_the_good_ones_taken(tmp_path):
    file = tmp_path / "m.csv"
    file.write_text(
        "code,short_name,full_name,added_by\n0110,一般贸易,一般贸易,\n110,错,错,\n0110,又一次,x,\n0130,,x,\n",
        encoding="utf-8",
    )
    done = actions.load_profile("trade_modes", file)
    assert (done.added, [(r.row, r.column, r.value) for r in done.refused]) == (
        1, [(3, "code", "110"), (4, "code", "0110"), (5, "short_name", "")]
    )  # fmt: skip
    again = actions.load_profile("trade_modes", file)
    assert (again.added, again.changed, again.same) == (0, 0, 1)


@pytest.mark.parametrize(("key", "code"), [("nonsense", "registry.no_profile"), ("trade_modes", "registry.columns")])
def test_a_wrong_profile_or_file_is_told(tmp_path, key, code):
    file = tmp_path / "m.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UserError) as fault:
        actions.load_profile(key, file)
    assert fault.value.code == code and not Code.objects.exists()


@pytest.mark.skipif(not DATA.is_dir(), reason="the code files of the project's data folder are not here")
def test_the_national_tables_load_whole_and_an_upgrade_keeps_what_they_brought():
    load_registers()
    done = {loaded.profile: loaded for loaded in actions.load_folder(DATA)}
    assert done["industries"].added + done["industries"].changed + done["industries"].same == 1970
    assert [r.value for r in done["industries"].refused] == ["374"]
    assert done["products_2022"].added > 6_000 and done["townships"].added == 1387
    assert (
        not Code.objects.filter(list="industry", level="class")
        .exclude(parent__in=Code.objects.filter(level="group").values("code"))
        .exists()
    )
    apparel = Code.objects.get(list="product", edition="HS 2022", code="62")
    assert apparel.name_zh and apparel.parent == "XI"
    assert set(load_registers().values()) == {(0, 0)}
    assert {(one.added, one.changed) for one in actions.load_folder(DATA)} == {(0, 0)}
    assert Township.objects.filter(region__code="330102").exists()


def test_a_code_of_one_edition_is_converted_honestly(tmp_path):
    file = tmp_path / "c.csv"
    pairs = [
        ("851712", "851713"),
        ("851712", "851714"),
        ("010121", "010121"),
        ("847989", "847989"),
        ("847990", "847989"),
    ]
    lines = "".join(f"HS 2017,{one},HS 2022,{two}\n" for one, two in pairs)
    file.write_text("from_edition,from_code,to_edition,to_code\n" + lines, encoding="utf-8")
    assert actions.load_profile("product_links", file).added == 5

    def asked(code, one="HS 2017", two="HS 2022"):
        found = queries.convert(code, one, two)
        return found.kind, found.codes

    assert asked("851712") == ("split", ("851713", "851714"))
    assert asked("010121") == ("one", ("010121",))
    assert asked("847990") == ("merged", ("847989",))
    assert asked("999999") == ("none", ())
    assert asked("851714", "HS 2022", "HS 2017") == ("merged", ("851712",))
    assert asked("010121", "HS 2012", "HS 2022") == ("not_loaded", ())
    assert asked("010121", "HS 2022", "HS 2022") == ("same", ("010121",))


def test_regions_follow_their_declared_successions():
    load_registers()
    before, after = date(2021, 4, 8), date(2021, 4, 9)

    def became(code, day, since=None):
        return [r.name_zh for r in queries.successors(code, day, since)]

    assert became("330104", before) == ["江干区"]
    assert became("330104", after) == ["上城区", "钱塘区"]
    assert became("330110", after, before) == ["余杭区", "临平区"]
    assert became("330110", after) == ["余杭区", "临平区"]
    assert became("330327", date(2025, 7, 21)) == ["苍南县", "龙港市"]
    assert became("330200", date(2025, 7, 21)) == ["宁波市"] and became("999999", after) == []
    assert queries.as_of("330383", date(2019, 8, 15)) is None
    assert queries.as_of("330383", date(2019, 8, 16)).name_zh == "龙港市"


def test_a_corrected_first_day_of_a_region_moves_the_row_and_makes_no_second_one():
    from commercebrain.desk.registry.models import Region

    load_registers()
    Region.objects.filter(code="330383").update(valid_from=None)
    assert actions.load_regions() == (0, 0)
    assert Region.objects.get(code="330383").valid_from == date(2019, 8, 16)


def test_zones_say_how_their_figures_stand_to_the_counties(client, house):
    from commercebrain.engine.territory import total

    load_registers()
    known = {place.code: place for place in zone_queries.places(date(2025, 7, 21))}
    assert known["nb-etdz"].within == {"330206"} and not known["sl-bonded"].within
    assert known["sl-etdz"].across == {"990101", "990102"}
    found = total({"330206": 10, "nb-etdz": 4}, known.values())
    assert (found.value, found.left_out) == (10, ("nb-etdz",))
    client.force_login(house.people.nobody, backend=BACKEND)
    assert "不再相加" in client.get(reverse("registry:zone", args=["nb-etdz"])).text
    assert "须另行相加" in client.get(reverse("registry:zone", args=["sl-bonded"])).text
    assert Zone.objects.filter(synthetic=True).count() == 2


@pytest.mark.parametrize("view", ["countries", "industries", "products", "trade_modes", "townships", "zones"])
def test_every_list_opens_and_every_code_has_its_page(client, house, view):
    load_registers()
    client.force_login(house.people.nobody, backend=BACKEND)
    assert client.get(reverse(f"registry:{view}")).status_code == 200
    for item in Code.objects.order_by("?")[:3]:
        answer = client.get(reverse("registry:code", args=[item.list, item.pk]))
        assert answer.status_code == 200 and item.code in answer.text
