"""The same small house as the pages' tests use."""

from tests.house import empty_lake, house, people, regions, roles, units  # noqa: F401 - fixtures
from tests.real import browse, figures, live, official_lake  # noqa: F401 - fixtures
