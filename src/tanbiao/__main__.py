"""``python -m tanbiao``."""

import sys

from tanbiao.cli.main import main

sys.exit(main())
