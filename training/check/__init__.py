"""Measures what was exported: openings, folded triangles, smoothness, errors of pose.

In: the exported files and annotated photos. Out: numbers, printed as JSON. Writes no files and is
imported by no other package.
"""
