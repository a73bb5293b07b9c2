from __future__ import annotations

import sys

from migration_console.demonstration.run import main

sys.exit(main())
