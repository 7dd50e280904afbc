"""Helm charts: version constraints, repositories, lock files."""
