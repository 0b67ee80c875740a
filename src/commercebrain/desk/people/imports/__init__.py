"""What lists can be taken into here: units and accounts."""

from commercebrain.desk.people.imports.persons import Persons
from commercebrain.desk.people.imports.units import Units

__all__ = ["Persons", "Units"]
