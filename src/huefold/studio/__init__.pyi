from .app import create_app
from .settings import StudioSettings

__all__ = ["StudioSettings", "create_app"]
