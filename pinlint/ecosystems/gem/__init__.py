"""RubyGems: the grammar of names, requirements and checksums in `names`."""
