"""Runs in the comparison's own environment: Microsoft's recognizers-text, timed by itself.

Reads one JSON request a line on standard input and answers with one JSON line. ``{"time": [texts]}`` gives
the seconds that the Chinese currency and dimension models take over the texts; ``{"amounts": [texts]}``
gives, for each text, the values that the currency, dimension, percentage and number models find.
"""

import json
import sys
import time

from recognizers_number import NumberRecognizer
from recognizers_number_with_unit import NumberWithUnitRecognizer
from recognizers_text import Culture

with_unit = NumberWithUnitRecognizer(Culture.Chinese)
plain = NumberRecognizer(Culture.Chinese)
timed_models = [with_unit.get_currency_model(), with_unit.get_dimension_model()]
all_models = [*timed_models, plain.get_percentage_model(), plain.get_number_model()]


def values(text):
    found = []
    for model in all_models:
        for result in model.parse(text):
            value = (result.resolution or {}).get("value")
            try:
                number = float(str(value).rstrip("%"))
            except ValueError:
                continue
            found.append(number / 100 if str(value).endswith("%") else number)
    return found


print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if "time" in request:
        start = time.perf_counter()
        for text in request["time"]:
            for model in timed_models:
                model.parse(text)
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
    else:
        print(json.dumps({"values": [values(text) for text in request["amounts"]]}), flush=True)
