"""One photo, drawn again and again."""

from __future__ import annotations

import io
from typing import Any

from huefold import recolor
from huefold.images import ImageSource
from huefold.images.load import read_stream
from huefold.options import Options
from huefold.progress import CancelToken, ProgressCallback
from huefold.run.cache import CachedStages, StageCache
from huefold.run.clock import StageClock
from huefold.run.pipeline import draw
from huefold.run.plan import plan_run
from huefold.run.request import Request, SaliencySource, SegmenterSource
from huefold.run.result import Result
from huefold.scene import Scene

__all__ = ["Session"]


class Session:
    """One photo, drawn again and again: what does not change from one drawing to the next is computed once.

    The photo at working size, its first regions, guidance and hierarchies are kept. A drawing has the same bytes as
    `huefold.vectorize` gives, whatever was drawn before, unless it resumes another. Only one thread at a time may
    use a session.

    Parameters
    ----------
    image : path_like, bytes, binary file, PIL.Image.Image or (H, W[, C]) ndarray
        The photo; see `huefold.images.load_image`.

    Examples
    --------
    >>> import numpy as np
    >>> photo = np.zeros((16, 24, 3), np.uint8)
    >>> photo[4:12, 6:18] = (255, 128, 0)
    >>> session = Session(photo)
    >>> first = session.draw(Options(paths=4, preset="fast"))
    >>> more = session.draw(Options(paths=6, preset="fast"), resume=first.scene)
    >>> more.report.paths.drawn <= 6
    True
    """

    def __init__(self, image: ImageSource) -> None:
        self._image: Any = image
        self._name: str | None = None
        self._cache = StageCache()

    def draw(
        self,
        options: Options,
        *,
        saliency: SaliencySource = None,
        segmenter: SegmenterSource = None,
        resume: Scene | None = None,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
    ) -> Result:
        """Draw the photo.

        Parameters
        ----------
        options : Options
            What to do; where saliency and first regions come from is given apart.
        saliency, segmenter
            As for `huefold.vectorize`.
        resume : Scene, optional
            An earlier drawing of the photo to go on from, in a fraction of the time: the least important paths go,
            or new ones come, until there are as many as `options` ask for, and all are fitted again.
        progress, cancel
            As for `huefold.vectorize`.

        Returns
        -------
        result : Result

        Raises
        ------
        HuefoldError
            As `huefold.vectorize`; `OptionError` also if `resume` is not a drawing of this photo, or the budget is
            none of paths.
        """
        request = Request.from_options(options, saliency=saliency, segmenter=segmenter)
        clock = StageClock(progress, cancel, options.time_limit)
        return draw(self._source(), request, clock, cache=self._cache, resume=resume)

    def levels(
        self,
        options: Options,
        *,
        saliency: SaliencySource = None,
        segmenter: SegmenterSource = None,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
    ) -> recolor.Hierarchy:
        """Return one hierarchy that contains the region counts of all budgets up to that of `options`.

        It is for looking at: `draw` merges anew for its own number of structural paths, and may choose a little
        otherwise.

        Parameters
        ----------
        options, saliency, segmenter, progress, cancel
            As for `draw`.

        Returns
        -------
        hierarchy : huefold.recolor.Hierarchy
            Of working size, down to 3 regions.
        """
        request = Request.from_options(options, saliency=saliency, segmenter=segmenter)
        stages = CachedStages(request, StageClock(progress, cancel, options.time_limit), self._cache)
        plan = plan_run(request.options).for_levels()
        photo = stages.load(plan, self._source())
        guidance = stages.guide(plan, photo)
        plan = plan.for_guidance(followed=guidance.followed, share=guidance.effective_share)
        return stages.recolor(plan, photo, stages.segment(plan, photo), guidance)

    def _source(self) -> Any:
        """Return the photo; an open file is read once, and copied for drawings at other sizes."""
        if hasattr(self._image, "read"):
            self._image, self._name = read_stream(self._image)
        if self._name is None:
            return self._image
        file = io.BytesIO(self._image)
        file.name = self._name
        return file
