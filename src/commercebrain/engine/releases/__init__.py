"""The rhythm of figures: when each is due, when it came, who is late, and the monthly bulletin made of them."""

from commercebrain.engine.releases.declared import Release, releases
from commercebrain.engine.releases.due import Slot, slots
from commercebrain.engine.releases.status import State, Status, status
from commercebrain.engine.releases.vintages import Vintage, vintages

__all__ = ["Release", "Slot", "State", "Status", "Vintage", "releases", "slots", "status", "vintages"]
