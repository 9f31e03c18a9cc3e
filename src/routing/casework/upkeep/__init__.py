"""Regular work on stored cases: new boundaries, retention, anchors of histories."""
