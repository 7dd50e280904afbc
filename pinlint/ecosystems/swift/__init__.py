"""Swift packages: what a pin and a requirement are worth, in `names`."""
