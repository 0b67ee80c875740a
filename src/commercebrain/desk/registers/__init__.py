"""Declared registers: a file under ``catalogue/registers/`` becomes list, detail, form, import, export and API."""
