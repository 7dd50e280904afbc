"""Actions and reusable workflows of GitHub, Forgejo and Gitea."""
