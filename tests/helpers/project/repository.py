"""Small git repositories for tests of the project's scripts."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from pathlib import Path


def git(root: Path, *arguments: str) -> str:
    """Run git in a repository, whoever is at the machine; what it printed."""
    config = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *config, *arguments], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def begin(root: Path) -> None:
    """Make a folder a repository, and commit all that is in it."""
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "all")
