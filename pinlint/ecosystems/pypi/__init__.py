"""The Python package index: names, versions and hashes as pip reads them."""
