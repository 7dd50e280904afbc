"""What Bitbucket Pipelines takes from other repositories."""
