"""What pytest leaves aside here: examples of modules whose optional packages are not installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["src/huefold/render/torch.py"]
