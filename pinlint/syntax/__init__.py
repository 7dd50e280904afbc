"""Readers for the notations that files are written in: located trees, no meaning.

A syntax module knows JSON, XML or Dockerfile instructions and where each part stands; it must not know what a part is for.
"""
