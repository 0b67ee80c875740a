"""What every endpoint of the API shares: one shape of refusal, pages of rows, feeds by key, writes that happen once.

A business folder declares its endpoints in its own ``api.py`` on a ``ninja.Router`` with the pieces of this package;
``web/api.py`` mounts the routers.
"""

from commercebrain.desk.core.rest.feed import Feed, FeedIn, FeedOut
from commercebrain.desk.core.rest.idempotency import idempotent
from commercebrain.desk.core.rest.paging import Paged, Shaped
from commercebrain.desk.core.rest.problems import REFUSALS, Problem, found, problem

__all__ = ["REFUSALS", "Feed", "FeedIn", "FeedOut", "Paged", "Problem", "Shaped", "found", "idempotent", "problem"]
