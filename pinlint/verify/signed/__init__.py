"""Signatures and attestations of artifacts: where they lie, what they claim, and whether a policy is content with who made them."""
