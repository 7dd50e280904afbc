"""pinlint finds what a repository asks for without saying exactly which bytes it wants."""

__version__ = "0.1.0"
