"""Cases 事项: pieces of work with stages, an owner unit, clocks and an outcome. One engine for every kind of work.

What kinds there are is declared in ``catalogue/templates/``: responses to warnings, remedy cases, requests of firms; later
projects, inspections, applications, orders to act.
"""
