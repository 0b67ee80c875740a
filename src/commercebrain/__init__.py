"""商务大脑 Commerce Brain: the operating system of a city's commerce bureau."""

__version__ = "0.1.0"
