"""Warnings 预警: rules that are switched on, the signals they raise, what becomes of each, and who watches the watcher.

Rules are declared in ``catalogue/rules/`` and evaluated by ``engine.rules``; a signal's work is a case (``desk.cases``).
"""
