# SPDX-License-Identifier: MIT
"""extras: what does not fit a row of attempts.txt. Each test takes the runner
and returns (problems, why it is not proven or '', notes)."""
import os

TESTS = []
