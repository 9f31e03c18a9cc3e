"""Thin Prefect flows, one file each: gather → decide → apply. What they run is in ``routing``."""
