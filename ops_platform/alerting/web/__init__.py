"""What `ops dispatch` serves over HTTP: the page that acknowledges, its health and its metrics.

No rules live here: what acknowledging means is in `ops_platform.alerting.acknowledge`.
"""
