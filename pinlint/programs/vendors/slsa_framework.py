"""slsa-verifier's command line. Read in 2026-03: its help, version 2.7."""

COMMANDS = {"slsa-verifier": ({"verify-image": "verify"}, "--print-provenance")}
