"""What is done to stored cases as time goes by: other boundaries, retention, anchors of histories."""
