"""Benchmarks: one file each, found by its name; ``python -m bench plan-reading`` runs ``plan_reading.py``.

A benchmark is a module with ``TITLE`` (a line), ``QUICK`` (whether ``--all`` runs it) and ``figures()``,
which yields :class:`bench.harness.Figure`. It makes its own data or finds it in the project, and prints
nothing itself.
"""
