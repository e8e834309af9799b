"""Inner loops of trying changes of a drawing."""

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def _is_free(occupied, box, turn):
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            if occupied[y, x] == turn:
                return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def group(boxes, candidates, occupied, turns):
    """Give each candidate a turn so that boxes of one turn do not overlap; return how many turns there are.

    `occupied`, (H, W) and -1 everywhere, is scratch space.
    """
    left, turn = len(candidates), 0
    while left > 0:
        for change in candidates:
            if turns[change] < 0 and _is_free(occupied, boxes[change], turn):
                occupied[boxes[change, 1] : boxes[change, 3], boxes[change, 0] : boxes[change, 2]] = turn
                turns[change] = turn
                left -= 1
        turn += 1
    return turn


@njit(cache=True, nogil=True, error_model="numpy")
def rise(now, then, target, weight, boxes, tried, rises):
    """Write how much the weighted squared error rises from one picture to the other, in the box of each change."""
    for change in tried:
        total = 0.0
        for y in range(boxes[change, 1], boxes[change, 3]):
            for x in range(boxes[change, 0], boxes[change, 2]):
                risen = 0.0
                for c in range(3):
                    old, new = now[c, y, x] - target[c, y, x], then[c, y, x] - target[c, y, x]
                    risen += new * new - old * old
                total += risen * weight[y, x]
        rises[change] = total
