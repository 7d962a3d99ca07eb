"""Write configurations of other web servers, which then answer for the site of a build as ``publisher serve`` does.

All of them are generated from one table: the representations, the identifiers that have documents at unusual
addresses, and those that are withdrawn.
"""

from publisher.serve.hosting.configurations import HOSTS, HostSettings, configuration
from publisher.serve.hosting.routing import RoutingTable, routing_table

__all__ = ["HOSTS", "HostSettings", "RoutingTable", "configuration", "routing_table"]
