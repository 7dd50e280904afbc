"""Tasks of Azure Pipelines."""
