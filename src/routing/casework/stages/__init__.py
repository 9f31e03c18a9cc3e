"""Cases in stages: claimed, loaded, advanced and recorded; what happens to them from outside; links to answer."""
