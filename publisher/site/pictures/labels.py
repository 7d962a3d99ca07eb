"""Place the labels of points where they cover least."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from publisher.site.model import Ref


class Node(NamedTuple):
    """A thing in a picture with its disc and its label; ``anchor`` is the end of the label that is fixed."""

    x: float
    y: float
    size: float
    ref: Ref
    label: str
    label_x: float
    label_y: float
    anchor: str


def labelled(nodes: Sequence[tuple[Ref, tuple[float, float], float]], width: int) -> Iterator[Node]:
    """Yield the nodes, each with its label on the side on which it covers least."""
    boxes = [(x - size, y - size, x + size, y + size) for _, (x, y), size in nodes]
    for ref, (x, y), size in nodes:
        label = textwrap.shorten(ref.text.value.partition(" (")[0], 34, placeholder=" …")
        length, gap = 5.8 * len(label), size + 3
        sides = (
            ("start", x + gap, y + 4, x + gap),
            ("end", x - gap, y + 4, x - gap - length),
            ("middle", x, y - gap - 2, x - length / 2),
            ("middle", x, y + gap + 9, x - length / 2),
        )
        anchor, label_x, label_y, left = min(sides, key=lambda side: _covered(boxes, side[3], side[2], length, width))
        boxes.append((left, label_y - 10, left + length, label_y + 3))
        yield Node(x, y, size, ref, label, round(label_x, 1), round(label_y, 1), anchor)


def _covered(
    boxes: Sequence[tuple[float, float, float, float]], left: float, base: float, length: float, width: int
) -> float:
    """Return how much a label would cover, and lie outside of the picture."""
    right, top, bottom = left + length, base - 10, base + 3
    area = sum(max(0.0, min(right, r) - max(left, x)) * max(0.0, min(bottom, b) - max(top, t)) for x, t, r, b in boxes)
    return area + 100 * (max(0.0, -left) + max(0.0, right - width))
