"""What a test does where something that it needs cannot be had."""
import os
import sys


def skip(reason):
    """What did not run has shown nothing: a failure where CI=true."""
    if os.environ.get("CI") == "true":
        sys.exit(f"not run, which CI takes as failed: {reason}")
    print(f"SKIPPED: {reason}")
    sys.exit(0)
