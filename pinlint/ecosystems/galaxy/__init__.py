"""Ansible Galaxy: the grammar of roles, collections and versions in `names`."""
