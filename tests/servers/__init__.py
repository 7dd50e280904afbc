"""Servers on loopback that tests start and stop: real ones, and a stub for what real ones do not do on demand."""
