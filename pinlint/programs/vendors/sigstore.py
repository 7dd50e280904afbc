"""cosign's command line.

Any option may come from the environment, as `COSIGN_` and its name in capitals, from 2.0 on; one on the command line counts before
it.
"""

READ = "2026-11-30"
SOURCES = (
    "cosign 2 and 3.1.2: their helps; its change log from 1.0 on",
    "sigstore/cosign: cmd/cosign/cli/options, root.go",
    "sigstore/cosign-installer: action.yml, 1 to 4",
)

#: Options that take no word; all others take one.
_SWITCHES = (
    "-y --yes -r --recursive --upload --tlog-upload --sk --allow-insecure-registry --allow-http-registry --k8s-keychain "
    "--use-signing-config --new-bundle-format --record-creation-timestamp --issue-certificate --replace --no-upload -d --verbose "
    "-f --force --insecure-ignore-tlog --insecure-ignore-sct --check-claims --local-image --offline --private-infrastructure "
    "--use-signed-timestamps --signed-timestamps --experimental-oci11 --registry-referrers-mode-oci11 --use-cosign-v3 "
    "--allow-certificate-chain --oidc-disable-ambient-providers -h --help"
)
COMMANDS = {
    "cosign": (
        {
            "sign": "sign", "attest": "sign", "verify": "verify", "verify-attestation": "verify", "verify-blob": "blob",
            "verify-blob-attestation": "blob", "copy": "copy",
        },
        _SWITCHES,
    ),
}  # fmt: skip
#: Those by which a verification looks at whose repository signed, at a key, or at other roots than the public ones.
BOUND = (
    "--key", "--sk", "--certificate-github-workflow-repository", "--certificate-github-workflow-sha", "--ca-roots",
    "--certificate-chain", "--trusted-root", "--policy", "--ca-intermediates",
)  # fmt: skip
#: Those that say who must have signed; the first two and the last are of 1.x, as is a certificate of one's own.
NAMED = (
    "--certificate-email", "--cert-email", "--certificate-identity", "--certificate-identity-regexp", "--certificate", "--cert",
)  # fmt: skip
#: Those that say that the instance is one's own, or bring its proof of when something was signed: that of GitHub for private
#: repositories keeps no public log either, and its timestamps take its place.
PRIVATE = ("--private-infrastructure", "--use-signed-timestamps", "--timestamp-certificate-chain")
#: Switches that leave a check out, by the value that does; what passes then, and whether with a key, too.
WEAKENED = {
    "--check-claims": (False, "a signature of any other image passes for one of this image", True),
    "--insecure-ignore-tlog": (True, "nothing says when it was signed, so a certificate passes whose ten minutes are over", False),
    "--insecure-ignore-sct": (
        True,
        "a certificate passes that is in no public log of certificates",
        False,
    ),
}
#: The major version of cosign that each major version of its installer takes where it is told none.
DEFAULTS = {1: 1, 2: 1, 3: 2, 4: 3}
