"""Many repositories at once: what they ask for, as tables that DuckDB and everybody else can read.

`sources` says which repositories there are, `reading` makes rows of one of them, `engines` hand repositories out to processes or to
machines, `dataset` keeps the rows, `asking` answers questions from them. Nothing here is loaded by a run over one repository.
"""
