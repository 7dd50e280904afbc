"""slsa-verifier's command line."""

READ = "2026-03"
SOURCES = ("slsa-verifier 2.7: its help",)

COMMANDS = {"slsa-verifier": ({"verify-image": "verify"}, "--print-provenance")}
