"""Deutsch; wer das Add-on benutzt, wird gesiezt."""
# SPDX-License-Identifier: GPL-3.0-or-later
