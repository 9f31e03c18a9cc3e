"""A picture of the stages of a process: SVG, with the stages in words as its text alternative. Pure.

Stages stand below each other, in the order of the file. What silence does leaves a stage on the left, in red; what an
answer does leaves it on the right, in blue. So whoever wants to know what happens if nobody acts follows the left.
"""

from routing.process.picture.svg import draw

__all__ = ["draw"]
