"""A local Open Geography Portal. A door of its own: it reads and draws shapes, which the other stand-ins do not."""

from routing.standins.portal.feature_server import Feature, Service, feature_server_app
from routing.standins.portal.publisher import Outline, make_services
from routing.standins.portal.switches import Switches

__all__ = ["Feature", "Outline", "Service", "Switches", "feature_server_app", "make_services"]
