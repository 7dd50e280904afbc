"""From findings to pins: questions → patches → one proof → write.

`mend` has every file read once and hands it to the planners (`file_pins`, `pip_sets`, `helm_locks`, `version_comments`), each of
which makes plans (see `plans`). What plans ask is answered once a run (`answers`). From the answers they make patches, and what a
patch writes has stood the proof (`proof`). `write` and `create` put it on disk, `account` tells what came of it.
"""
