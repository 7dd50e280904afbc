"""Terraform and OpenTofu: the grammar of modules, providers, version constraints and hashes in `names`."""
