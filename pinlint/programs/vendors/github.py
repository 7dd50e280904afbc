"""What GitHub's command line verifies."""

READ = "2026-08"
SOURCES = ("gh 2.60: the help of `attestation verify`",)

_SWITCHES = "--bundle-from-oci --deny-self-hosted-runners --no-public-good -h --help"
COMMANDS = {"gh": ({"attestation ": "", "attestation verify": "verify", "at ": "", "at verify": "verify"}, _SWITCHES)}
