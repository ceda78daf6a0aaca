#!/usr/bin/env python
"""Django's command line for Atrium."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
    # Commands (imports, rebuilds, migrations) may run long; only pages have a statement timeout.
    os.environ.setdefault("CRM_STATEMENT_TIMEOUT_MS", "0")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
