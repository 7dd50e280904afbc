"""What GitHub's command line verifies. Read in 2026-08: the help of gh 2.60 (`attestation verify`)."""

_SWITCHES = "--bundle-from-oci --deny-self-hosted-runners --no-public-good -h --help"
COMMANDS = {"gh": ({"attestation ": "", "attestation verify": "verify", "at ": "", "at verify": "verify"}, _SWITCHES)}
