"""Git repositories, and what is fetched from them by ref."""
