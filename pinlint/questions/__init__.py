"""What a repository's own files say about where to ask for what they name, for each reference of a file.

Between the files, which anybody may have written, and `ecosystems/*/configuration`, which is the user's: an address may come from
here, a login never does.
"""
