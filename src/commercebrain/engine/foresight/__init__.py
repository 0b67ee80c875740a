"""What is normal, what comes next, what just broke: for plain arrays of monthly series, any number of them at once.

Arrays are series × months, NaN where a month is missing; a month is yyyymm. Nothing here knows indicators, regions or
the lake: :mod:`commercebrain.engine.outlook` brings those together.
"""
