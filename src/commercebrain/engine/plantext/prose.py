"""Amounts in running text: each with its subject, its kind, its time and its tense."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import pairwise

from commercebrain.engine.plantext.amounts import Amount, read_amounts
from commercebrain.engine.plantext.clauses import Clause, split_clauses
from commercebrain.engine.plantext.dates import TimeMark, read_times
from commercebrain.engine.plantext.draft import Context, Draft, View
from commercebrain.engine.plantext.findings import Comparator
from commercebrain.engine.plantext.kinds import read_relation
from commercebrain.engine.plantext.numbers import chinese
from commercebrain.engine.plantext.phrases import clean, metric_suffix, parallel, split_subjects
from commercebrain.engine.plantext.reading import Reading
from commercebrain.engine.plantext.regions import area_of, leading_regions
from commercebrain.engine.plantext.screen import is_policy, is_threshold, keep_count, keep_time
from commercebrain.engine.plantext.tense import Tense, heading_tense, looks, sentence_tense
from commercebrain.engine.plantext.timing import State, set_time

_LONG_QUOTE = 52
_WIDE_QUOTE = 64
_APART = re.compile(r"分别|分居|分列|各(?=达|为|增长)")
_ALL = re.compile(r"[两三四五六七八九\d]项(?:主要|核心)?指标")
_BRACKET = re.compile(r"（[^（）]{0,120}）|\([^()]{0,120}\)")
_RISEN = re.compile(
    r"([^，。；]{3,24}?)(?:规模|总量)?(?:稳中有升|稳步|持续|进一步|不断|快速|明显|显著|加快|蓬勃|大幅|优势|突破)"
)
#: What stands behind “X：” where X is what the amounts are of.
_TOLD = re.compile(
    r"(?:底线|奋斗|预期|年度|力争|确保|考核)?目标(?:值|为|是)?|(?:增长|力争|确保|完成|达到?)[^，。；]{0,6}\d"
)
_NAMED = re.compile(r"《[^《》]{0,80}》|“[^“”]{1,14}”")
_QUOTED_LIST = re.compile(r"\d+强")


class ProseReader:
    """Reads the amounts of one view after another; keeps what one sentence hands on to the next."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.tense: Tense | None = context.default_tense

    def read(self, view: View) -> list[Draft]:
        """The statements of ``view`` in the order of the text."""
        text = view.text
        amounts = read_amounts(text)
        if not amounts:
            # “2026年主要预期目标：” over a list is a heading in all but its mark.
            told = heading_tense((text,)) if len(text) <= 30 and text.rstrip().endswith(("：", ":")) else None
            self.tense = told or looks(text) or self.tense
            return []
        starts = [a.start for a in amounts]
        brackets = [m.span() for m in _BRACKET.finditer(text)]
        brackets = [(s, e) for s, e in brackets if bisect_right(starts, e) == bisect_right(starts, s)]
        marks = [m for m in read_times(text) if not _inside(brackets, m.start)]
        masked = [m.span() for m in _NAMED.finditer(text)]
        times = [(m.start - 1, m.end) for m in marks]
        amounts = [
            a
            for a in amounts
            if not _inside(times, a.start) and (a.form == "zero" or not _inside(masked, a.start, a.end))
        ]
        if not amounts:
            return []
        clauses = split_clauses(text, [a.start for a in amounts])
        return _Block(self, view, amounts, marks, clauses).read()


def _inside(spans: list[tuple[int, int]], start: int, end: int = 0) -> bool:
    """Whether a place lies within one of ``spans``, which are in order and do not overlap."""
    n = bisect_right(spans, (start, -1)) - 1
    return n >= 0 and spans[n][0] < start and max(start, end - 1) < spans[n][1]


class _Block:
    """One view: its tokens in order, and the state that runs from clause to clause."""

    def __init__(
        self, reader: ProseReader, view: View, amounts: list[Amount], marks: list[TimeMark], clauses: list[Clause]
    ) -> None:
        self.reader, self.context = reader, reader.context
        self.view, self.text = view, view.text
        self.amounts, self.marks, self.clauses = amounts, marks, clauses
        self.mark_starts = [mark.start for mark in marks]
        self.index = 0
        self.heading = heading_tense(view.block.section)
        self.state = State.of_section(view.block.section, self.context.years)
        self.drafts: list[Draft] = []
        self.subject = ""
        self.subject_clause: Clause | None = None
        self.topic = self.risen = ""
        self.risen_clause: Clause | None = None
        self.part = -1
        self.sentence_drafts: list[Draft] = []

    def read(self) -> list[Draft]:
        at_amount = at_mark = 0
        sentence = -1
        tense: Tense = "fact"
        for index, clause in enumerate(self.clauses):
            self.index = index
            if clause.sentence != sentence:
                sentence = clause.sentence
                tense = self._tense(index)
                goes_on = self.text.startswith("其中", clause.start)
                counted = self.state.counted and goes_on
                self.sentence_drafts = self.sentence_drafts[-1:] if goes_on else []
                self.state.new_sentence()
                self.state.counted = counted
            mine: list[Amount] = []
            while at_amount < len(self.amounts) and self.amounts[at_amount].start < clause.end:
                if self.amounts[at_amount].start >= clause.start:
                    mine.append(self.amounts[at_amount])
                at_amount += 1
            marks: list[TimeMark] = []
            while at_mark < len(self.marks) and self.marks[at_mark].start < clause.end:
                marks.append(self.marks[at_mark])
                at_mark += 1
            self.state.new_clause(clause.part)
            if clause.part != self.part:
                self.part, self.topic = clause.part, ""
                if self.heading is None:
                    tense = self._part_tense(index) or tense
            self._clause(index, clause, mine, marks, tense)
        return self.drafts

    def _part_tense(self, index: int) -> Tense | None:
        """The tense that a part of a sentence, from clause ``index`` to a semicolon, has by its own words."""
        first = self.clauses[index]
        end = index
        while end < len(self.clauses) and self.clauses[end].part == first.part:
            end += 1
        opens = index == 0 or self.clauses[index - 1].sentence != first.sentence
        closes = end == len(self.clauses) or self.clauses[end].sentence != first.sentence
        # A sentence of one part has been judged as a whole.
        return None if opens and closes else looks(self.text[first.start : self.clauses[end - 1].end])

    def _tense(self, index: int) -> Tense:
        """The tense of the sentence that begins with clause ``index``."""
        first = last = self.clauses[index]
        for at in range(index, len(self.clauses)):
            if self.clauses[at].sentence != first.sentence:
                break
            last = self.clauses[at]
        marks = []
        for at in range(bisect_left(self.mark_starts, first.start), len(self.marks)):
            mark = self.marks[at]
            if mark.start >= last.end:
                break
            marks.append(replace(mark, start=mark.start - first.start, end=mark.end - first.start))
        tense = sentence_tense(
            self.text[first.start : last.end], marks, self.context.years, self.heading, self.reader.tense
        )
        if self.heading is None:
            self.reader.tense = tense
        return tense

    def _clause(self, index: int, clause: Clause, amounts: list[Amount], marks: list[TimeMark], tense: Tense) -> None:
        text = self.text
        whole = text[clause.start : clause.end]
        if not amounts:
            for mark in marks:
                self.state.take(mark)
            self.state.see(whole)
            self._topic(whole, clause)
            return
        kept = [a for a in amounts if self._keep(clause, a, amounts, tense)]
        apart = _APART.search(whole) or self._side_by_side(clause, kept)
        pending = list(marks)
        after_apart = [a for a in kept if apart and a.start >= clause.start + apart.start()]
        done: set[int] = set()
        previous_end = clause.start
        for position, amount in enumerate(kept):
            while pending and pending[0].start < amount.start:
                self.state.take(pending.pop(0))
            if position in done:
                previous_end = amount.end
                continue
            self.state.see(text[clause.start : amount.start])
            left = text[previous_end : amount.start]
            stop = kept[position + 1].start if position + 1 < len(kept) else clause.end
            right = text[amount.end : stop]
            if (
                apart
                and amount in after_apart
                and self._distribute(clause, amount, after_apart, left, right, tense, apart)
            ):
                done.update(kept.index(a) for a in after_apart)
            else:
                self._one(clause, amount, left, right, tense, kept)
            previous_end = amount.end
        for mark in pending:
            self.state.take(mark)

    def _keep(self, clause: Clause, amount: Amount, all_of: list[Amount], tense: Tense) -> bool:
        text = self.text
        whole = text[clause.start : clause.end]
        if is_policy(whole) or is_threshold(text, amount):
            return False
        if amount.form == "time":
            return keep_time(whole, amount)
        if amount.form == "percent" and amount.value > 100 and not re.search(r"增|涨|完成|达|指数", whole):
            return False
        previous = max((a.end for a in all_of if a.end <= amount.start), default=clause.start)
        following = min((a.start for a in all_of if a.start >= amount.end), default=clause.end)
        if amount.form == "count":
            lead = self._lead(clause, amount)
            return keep_count(text, amount, text[previous : amount.start], text[amount.end : following], lead, tense)
        return not (amount.form == "full" and not re.match(r"[，。；、）)”]|$|目标", text[amount.end : amount.end + 2]))

    def _lead(self, clause: Clause, amount: Amount) -> str:
        """The words of the sentence's part before an amount, from the last clause that has a verb of its own."""
        own = self.text[clause.start : amount.start]
        if not own.strip() and self.sentence_drafts and self.sentence_drafts[-1].amount.form == "count":
            return "培育" + own
        if len(own) > 12 or not self.drafts:
            return own
        last = self.drafts[-1]
        if last.view is self.view and self.sentence_drafts and last.amount.form == "count":
            return self.text[max(last.quote[0], clause.start - 60) : amount.start]
        return own

    def _topic(self, whole: str, clause: Clause) -> None:
        """A clause without an amount can name what the next ones of its part speak of: 占GDP比重继…后，…突破50%."""
        risen = _RISEN.match(whole)
        if risen and len(risen[1]) >= 3:
            self.risen, self.risen_clause = clean(risen[1]), clause
        if self.text[clause.end : clause.end + 1] == "：" and len(whole) <= 24:
            heading = clean(whole)
            if metric_suffix(heading) or (heading and _TOLD.match(self.text, clause.end + 1)):
                self.topic = self.subject = heading
                self.subject_clause = clause
        named = re.match(r"(?:其中|其)?(占[^，。；]{1,14}?(?:比重|份额|比例))", whole)
        if named and self.subject:
            self.topic = self.subject + named[1]
            self.subject_clause = clause

    # --- one amount, one subject ---------------------------------------------------------------------------

    def _one(self, clause: Clause, amount: Amount, left: str, right: str, tense: Tense, kept: list[Amount]) -> None:
        left = _own_region_off(left, self.context.region)
        names, rest = leading_regions(clean_regions(left), self.context.region)
        if names:
            left = rest
        reading = read_relation(
            amount, left, right, self.text[clause.start : amount.start], self._parent(clause), tense, self._previous()
        )
        if reading is None:
            return
        if reading.kind == "rank" and re.search(r"[均都](?:居|位|列|排)", left):
            reading.indicators = self._ranked(reading) or reading.indicators
        for name in reading.indicators:
            for region in names or [""]:
                self._add(clause, amount, reading, name, region, tense)

    def _ranked(self, reading: Reading) -> list[str]:
        """…增长6%，…增长9%，增速均居全省第一: one place for each growth that the sentence told."""
        grown = [d for d in self.sentence_drafts if d.kind == "growth_rate"]
        tail = re.search(r"(?:增速|增幅)(.*)$", reading.indicators[0])
        return [f"{d.subject}增速{tail[1]}" for d in grown] if tail and len(grown) > 1 else []

    def _previous(self) -> str:
        """The indicator that the sentence spoke of last."""
        return self.sentence_drafts[-1].indicator if self.sentence_drafts else ""

    def _parent(self, clause: Clause) -> str:
        """The subject that a clause without one takes over."""
        if self.topic:
            return self.topic
        next_to = self.risen_clause is not None and clause.start - self.risen_clause.end <= 2
        if self.risen and next_to and re.match(r"约?占|居|位", self.text[clause.start : clause.start + 3]):
            self.subject_clause = None
            return self.risen
        here = self.subject_clause is not None and self.subject_clause.sentence == clause.sentence
        if self.sentence_drafts or here or re.match(r"其中|[出进]口", self.text[clause.start : clause.start + 3]):
            return self.subject
        return ""

    def _add(self, clause: Clause, amount: Amount, reading: Reading, name: str, region: str, tense: Tense) -> None:
        draft = Draft(
            view=self.view,
            amount=amount,
            tense=tense,
            indicator=name,
            kind=reading.kind,
            unit=amount.unit,
            value=amount.value,
            high=amount.high,
            comparator=comparator(self.text, clause, amount, tense),
            quote=(0, 0),
            region=region or area_of(name, self.context.region),
            direction=reading.direction,
            confidence=reading.confidence,
            subject=reading.subject,
        )
        draft.flags |= reading.flags
        set_time(draft, self.state, self.context.years)
        if reading.is_from and tense == "target":
            self.state.from_value = (amount.value, draft.year, amount.unit)
            self._hand_on(reading, clause)
            return
        if tense == "target" and self.state.from_value and "to" in reading.flags:
            value, _, unit = self.state.from_value
            draft.baseline = (value, self.state.from_year, unit)
            self.state.from_value = None
        draft.quote = self._quote(clause, amount, reading)
        self.drafts.append(draft)
        self.sentence_drafts.append(draft)
        self._hand_on(reading, clause)

    def _hand_on(self, reading: Reading, clause: Clause) -> None:
        if reading.subject and not reading.inherited:
            self.subject = reading.subject
            self.subject_clause = clause

    # --- 分别 -----------------------------------------------------------------------------------------------

    def _distribute(
        self,
        clause: Clause,
        amount: Amount,
        amounts: list[Amount],
        left: str,
        right: str,
        tense: Tense,
        apart: re.Match[str],
    ) -> bool:
        """Several subjects, several amounts: 合同外资和实际外资分别为116.5亿美元和56.9亿美元."""
        head = self.text[clause.start : clause.start + apart.start()]
        subjects = self._wholes(clause, head) or (split_subjects(clean(head)) if clean(head) else [])
        if len(subjects) < 2 and len(amounts) > 1:
            base = [d for d in self.sentence_drafts if d.kind not in ("growth_rate", "increment", "rank")]
            if amount.form == "rank":
                base = list(self.sentence_drafts)
            if len(base) >= len(amounts):
                subjects = [d.indicator if amount.form == "rank" else d.subject for d in base[-len(amounts) :]]
        if len(subjects) == 1 and len(amounts) > 1:
            return self._year_by_year(clause, amounts, subjects[0], head, tense)
        if len(subjects) < 2:
            return False
        middle = self.text[clause.start + apart.end() : amount.start]
        last = amounts[-1]
        if len(amounts) == 1:
            pairs = [(subject, amount) for subject in subjects]
        elif len(subjects) == len(amounts):
            pairs = list(zip(subjects, amounts, strict=True))
        else:
            return False
        for subject, each in pairs:
            each = replace(each, suffix=each.suffix or last.suffix)
            if last.suffix and each.comparator == "=":
                each = replace(each, comparator=last.comparator)
            if each.comparator == "=" and amount.comparator != "=":
                each = replace(each, comparator=amount.comparator)
            middle_of = "年均" if re.search(r"年均(?:分别)?$", head) else "同比" if head.endswith("同比") else ""
            cumulative = "累计" if re.search(r"累计$|累计分别", head) else ""
            reading = read_relation(each, cumulative + subject + middle_of + middle, "", head + middle, "", tense)
            if reading is None:
                continue
            for name in reading.indicators[:1]:
                self._add(clause, each, reading, name, "", tense)
        return True

    def _wholes(self, clause: Clause, head: str) -> list[str]:
        """One share in several wholes: 占GDP和服务业增加值的比重分别为6.8%和13.2%."""
        match = re.search(r"(.*)占([^占，。；]+?)的?(比重|份额|比例)$", head)
        if match is None or len(parallel(match[2])) < 2:
            return []
        owner = clean(match[1]) or self._parent(clause)
        return [f"{owner}占{whole}{match[3]}" for whole in parallel(match[2])] if owner else []

    def _side_by_side(self, clause: Clause, kept: list[Amount]) -> re.Match[str] | None:
        """Subjects and amounts side by side without 分别: 城镇和农村居民收入29092元、17191元."""
        if len(kept) < 2 or any(a.form != kept[0].form for a in kept):
            return None
        if any(self.text[a.end : b.start] not in ("、", "和") for a, b in pairwise(kept)):
            return None
        whole = self.text[clause.start : clause.end]
        subject = clean(whole[: kept[0].start - clause.start])
        if len(split_subjects(subject)) != len(kept) or len(parallel(subject)) != len(kept):
            return None
        return re.compile("").match(whole, whole.find(subject[-2:]) + 2) if subject[-2:] in whole else None

    def _year_by_year(self, clause: Clause, amounts: list[Amount], subject: str, head: str, tense: Tense) -> bool:
        """One subject, one amount for each of the last years: 近三年…分别增长17%、41%和10%."""
        number = re.search(r"(?:后|近|前|过去)([两二三四五]|\d)年", head)
        at = self.state.at or self.context.years.review
        if number is None or at is None or (chinese(number[1]) != len(amounts) and number[1] != str(len(amounts))):
            return False
        last = at[0] + len(amounts) - 1 if "前" in number.group() else at[1]
        for n, each in enumerate(amounts):
            reading = read_relation(each, subject + "增长" if each.form == "percent" else subject, "", head, "", tense)
            if reading is None:
                return False
            year = last - len(amounts) + 1 + n
            kept, self.state.at = self.state.at, (year, year)
            self._add(clause, each, reading, reading.indicators[0], "", tense)
            self.state.at = kept
        return True

    # --- quotes ---------------------------------------------------------------------------------------------

    def _quote(self, clause: Clause, amount: Amount, reading: Reading) -> tuple[int, int]:
        """The smallest stretch of whole clauses that holds subject and amount, with a year right before it."""
        start, end = clause.start, clause.end
        if end - start > _WIDE_QUOTE:
            start = max(start, amount.start - 34)
            end = min(end, amount.end + 24)
            pause = self.text.find("、", start, amount.start - 6)
            start = pause + 1 if start > clause.start and 0 <= pause < start + 14 else start
        named = self.subject_clause
        if reading.inherited and named is not None and named.sentence == clause.sentence:
            start = min(start, named.start) if amount.end - named.start <= _LONG_QUOTE else start
        at = self.index
        while at > 0 and self.clauses[at].start >= start:
            at -= 1
        before = self.clauses[at]
        near = before.sentence == clause.sentence and start - before.end <= 2
        if before.end < start and near and before.end - before.start <= 16:
            n = bisect_left(self.mark_starts, before.start)
            if n < len(self.marks) and self.marks[n].end <= before.end + 1 and self.marks[n].span:
                start = before.start
        return start, end


def _own_region_off(left: str, region: str) -> str:
    """The words before an amount without the name of the document's own region at their head."""
    at = left.find(region) if region else -1
    return left[:at] + left[at + len(region) :] if 0 <= at <= 12 else left


def clean_regions(left: str) -> str:
    """The words before an amount without those of time and will, so that a region's name comes first."""
    return re.sub(r"^(?:[，、。；其中]|到\s*\d{4}\s*年|\d{4}\s*年|在|力争|争取|确保| )+", "", left)


def comparator(text: str, clause: Clause, amount: Amount, tense: Tense) -> Comparator:
    """How the amount binds: 达到 is a floor in a promise and a plain figure in a report."""
    sign = amount.comparator
    lead = text[clause.start : amount.start]
    if sign == "=" and amount.form in ("fraction", "percent") and re.search(r"约占[^，。；]{0,16}$", lead):
        return "~"
    if sign == "=" and tense == "target" and re.search(r"(?:至少|最少|不少于)[^，。；、\d]{0,10}$", lead):
        return ">="
    if sign == "=" and re.search(r"(?:分别|各)(?:超|突破)", lead):
        return ">"
    if sign == "=" and tense == "target" and re.search(r"(?:分别|各)(?:达|稳定在|提高到|提升到)", lead):
        return ">="
    if tense == "fact" and sign in (">=", "<=") and not amount.suffix and amount.form != "zero":
        return "="
    return sign
