"""Whether a signature is what it says: bundles, certificates, logs and roots of Sigstore.

Knows cryptography; must not know registries, policies or files of a repository. Needs the extra `verify`.
"""
