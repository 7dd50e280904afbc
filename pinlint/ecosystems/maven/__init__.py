"""Maven: coordinates, versions and the poms of a repository."""
