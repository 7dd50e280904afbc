"""One module an output format: `write(run, out)`. Reports render diagnostics; they must not judge."""
