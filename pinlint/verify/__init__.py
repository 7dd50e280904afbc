"""`pinlint verify`: is what is pinned still there, still the same, unwithdrawn, signed, and pinned all the way down?

The way of one reference: what is pinned (`pinned`) → the inquiry that each check makes about it → evidence, asked once a run by a
bounded number of threads, or taken from a record (`records`) → outcomes, which are data → findings and an account (`account`).

To add a check: a module here, its line in `CHECKS` of `audit`, and a page for each rule. The module has the
three functions of `evidence.Check`:

- `inquiry(pinned, run)`: what has to be known about a pinned reference, None where the check says nothing of it. Equal inquiries
  are asked once. Pure; `pinned.question` is what `--fix` would ask about the reference, with the directions of the repository's
  files.
- `evidence(inquiry, hosts)`: the only one that asks anybody, in a thread of the pool: by `hosts.client`, by a registry that shares
  its pages and logins with all others (`hosts.registry(Registry)`), or by `hosts.resolve(question)` as `--fix` does. It returns
  what was said, never what is made of it: facts by name, each a list of texts, so that a record can hold them. `http.Failed` may
  be raised; nobody else's exceptions.
- `outcomes(pinned, evidence, run)`: what follows from the evidence under the policy. Pure, so that a record is judged again by
  today's policy. What the evidence says nothing of, because somebody did not answer, is `Outcome.unknown(rule, evidence.none)`.

A module that only some runs need imports its libraries in these functions.
"""
