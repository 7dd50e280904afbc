"""notation's command line."""

READ = "2026-02"
SOURCES = ("notation 2.0: the help of its commands",)

_SWITCHES = "--oci-layout --insecure-registry --force-referrers-tag --allow-referrers-api -d --debug -v --verbose -h --help"
COMMANDS = {"notation": ({"sign": "sign", "verify": "verify"}, _SWITCHES)}
