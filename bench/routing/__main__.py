from __future__ import annotations

import sys

from bench.routing.measure import main

if __name__ == "__main__":
    main(sys.argv[1:])
