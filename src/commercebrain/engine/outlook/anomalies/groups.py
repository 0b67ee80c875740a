"""Whom a series is compared with: firms of a place and size, goods of a chapter, partners of a group, the same goods
elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.foresight.hostile import usual_size
from commercebrain.engine.foresight.peers import LEAST_PEERS
from commercebrain.engine.outlook.anomalies.names import PRODUCTS, Names
from commercebrain.engine.outlook.anomalies.saying import short
from commercebrain.engine.outlook.series import SeriesSet

#: Of a break-down by several dimensions the first of these is held fixed: the same goods on other markets.
_HELD: Final = ("hs10", "hs6", "hs4", "hs2", "uscc", "country", "mode")


@dataclass(frozen=True)
class Groups:
    """``number`` is the group of each series (−1: none), ``words`` what each group is called."""

    number: NDArray[np.int64]
    words: dict[int, Words]


def peer_groups(found: SeriesSet, catalogue: Catalogue, names: Names) -> Groups:
    """The peers of each series of ``found``; groups too small to say anything are none."""
    if not found.by or len(found) < LEAST_PEERS:
        return Groups(np.full(len(found), -1), {})
    if len(found.by) > 1:
        labels, words = _same_member(found, names)
    else:
        labels, words = _alike(found, catalogue, names)
    counts = Counter(labels)
    kept = {label: number for number, label in enumerate(sorted(one for one in counts if counts[one] >= LEAST_PEERS))}
    number = np.array([kept.get(label, -1) for label in labels], dtype=np.int64)
    return Groups(number, {number: words[label] for label, number in kept.items()})


def _same_member(found: SeriesSet, names: Names) -> tuple[list[str], dict[str, Words]]:
    """Series that share one member: goods first, then partners; what differs are places and markets."""
    held = next((one for one in _HELD if one in found.by), found.by[-1])
    at = found.by.index(held)
    rest = [names.dimension(one) for one in found.by if one != held]
    labels = [key[at] for key in found.keys]
    called = {code: short(one) for code, one in names.of(held, labels).items()}
    zh, en = "、".join(one.zh for one in rest), " and ".join(one.en for one in rest)
    words = {
        code: Words(zh=f"同为“{one.zh}”的各{zh}", en=f"other {en} with the same “{one.en}”")
        for code, one in called.items()
    }
    return labels, words


def _alike(found: SeriesSet, catalogue: Catalogue, names: Names) -> tuple[list[str], dict[str, Words]]:
    (dimension,) = found.by
    codes = [key[0] for key in found.keys]
    if dimension == "uscc":
        return _firms(found, codes, names)
    if dimension in PRODUCTS - {"hs2"}:
        chapters = names.of("hs2", {code[:2] for code in codes})
        called = {chapter: short(one) for chapter, one in chapters.items()}
        words = {
            chapter: Words(
                zh=f"同属第{chapter}章（{one.zh}）的商品", en=f"goods of the same chapter {chapter} ({one.en})"
            )
            for chapter, one in called.items()
        }
        return [code[:2] for code in codes], words
    what = names.dimension(dimension)
    everyone = Words(zh=f"其他{what.zh}", en=f"other {what.en}")
    if dimension != "country":
        return [""] * len(codes), {"": everyone}
    sizes = {
        name: sum(group.has(code, found.day) for code in codes)
        for name, group in catalogue.groups.items()
        if group.column == "country"
    }
    labels = []
    for code in codes:
        of = [
            name for name, size in sizes.items() if size >= LEAST_PEERS and catalogue.groups[name].has(code, found.day)
        ]
        labels.append(min(of, key=lambda name: (sizes[name], name), default=""))
    words = {
        name: Words(zh=f"同为{catalogue.groups[name].name.zh}的市场", en=f"markets of {catalogue.groups[name].name.en}")
        for name in sizes
    }
    return labels, words | {"": everyone}


def _firms(found: SeriesSet, codes: list[str], names: Names) -> tuple[list[str], dict[str, Words]]:
    """Firms that the same county registered (digits 3 to 8 of the credit code, GB 32100) and whose last twelve months
    before are of one order of magnitude."""
    order = np.floor(np.log10(np.maximum(usual_size(found.values[:, :-1]), 1e-12))).astype(int)
    places = [code[2:8] for code in codes]
    called = names.of("county", set(places))
    labels = [f"{place}/{size}" for place, size in zip(places, order.tolist(), strict=True)]
    words = {
        label: Words(
            zh=f"同在{called[place].zh}登记、规模相近的企业", en=f"firms of like size registered in {called[place].en}"
        )
        for label, place in zip(labels, places, strict=True)
    }
    return labels, words
