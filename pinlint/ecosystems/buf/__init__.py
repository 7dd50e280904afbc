"""Modules and plugins of Buf's registries."""
