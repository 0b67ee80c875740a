"""Notifications: what happened, told to whom it concerns — in the product, by mail, to other programs."""
