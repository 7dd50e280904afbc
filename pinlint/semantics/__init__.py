"""What several file kinds mean alike: images in scalars, pods, Kustomize's algebra, poms and their effective models, values and
templates of charts, workflows and their expressions, build contexts.

`syntax` says where things stand, `ecosystems/*/names` what a name or version is; a module here knows what a construct means that
more than one format writes. Formats import from here and never from one another. Nothing here reaches a network or names a rule.
"""
