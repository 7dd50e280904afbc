"""CircleCI orbs."""
