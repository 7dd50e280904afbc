"""CocoaPods: what a requirement and an entry of a lock are worth, in `names`."""
