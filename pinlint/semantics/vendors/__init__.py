"""What vendors of registries take and refuse of policies about keeping images: tables alone, one module a vendor. Each says on
which day it was read (`READ`) and where (`SOURCES`); a module beside this package says what they mean.
"""
