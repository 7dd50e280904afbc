"""notation's command line. Read in 2026-02: the help of notation 2.0."""

_SWITCHES = "--oci-layout --insecure-registry --force-referrers-tag --allow-referrers-api -d --debug -v --verbose -h --help"
COMMANDS = {"notation": ({"sign": "sign", "verify": "verify"}, _SWITCHES)}
