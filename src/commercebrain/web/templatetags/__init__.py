"""Template tags of the product; the library ``desk`` is loaded into every template."""
